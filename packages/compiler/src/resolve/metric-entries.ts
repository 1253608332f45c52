import type { Json, MetricEntry } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { LooseProperties } from '../project/properties-schema.ts'
import { fqnFolders } from './fqn.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import { measureOf, metricTypeParameters, whereFilter } from './metric-parameters.ts'
import type { PackageProject } from './package-project.ts'
import type { Resolution } from './resolution.ts'

/** The metrics of all packages, for `graph.metrics` and the manifest. Strata computes none of them, and checks nothing in them. */
export function metricEntries(
  packages: readonly PackageProject[],
  resolution: Resolution,
): readonly MetricEntry[] {
  const owners = new Map<string, string>()
  const declared = packages.flatMap((package_) => {
    for (const { value } of package_.declared.semanticModels)
      for (const measure of listOf(value['measures']))
        owners.set(
          String(measureOf(measure)?.['name']),
          `semantic_model.${package_.project.name}.${value.name}`,
        )
    return package_.declared.metrics.map((one) => ({ one, package_ }))
  })
  const ids = new Map(
    declared.map(({ one, package_ }) => [
      one.value.name,
      `metric.${package_.project.name}.${one.value.name}`,
    ]),
  )
  return declared.flatMap(({ one, package_ }) => {
    const entry = metricEntry(one, package_, resolution)
    if (entry === null) return []
    const parents = [
      ...measuresOf(entry.typeParameters).flatMap((name) => owners.get(name) ?? []),
      ...metricsOf(entry.typeParameters).flatMap((name) => ids.get(name) ?? []),
    ]
    return [{ ...entry.fields, depends_on: { macros: [], nodes: [...new Set(parents)] } }]
  })
}

function metricEntry(
  { value, document, path }: Declared<LooseProperties>,
  package_: PackageProject,
  resolution: Resolution,
): { readonly fields: MetricEntry; readonly typeParameters: Config } | null {
  const { name } = value
  const packageName = package_.project.name
  const own = value as unknown as Config
  const config = isMapping(own['config']) ? own['config'] : {}
  if ((config['enabled'] ?? own['enabled']) === false) return null
  const inPackage = document.file.slice(package_.folder.length)
  const meta = {
    ...(isMapping(own['meta']) ? own['meta'] : {}),
    ...(isMapping(config['meta']) ? config['meta'] : {}),
  }
  const group = config['group'] ?? own['group'] ?? null
  const typeParameters = metricTypeParameters(own)
  const description = typeof own['description'] === 'string' ? own['description'] : null
  const fields = {
    unique_id: `metric.${packageName}.${name}`,
    name,
    resource_type: 'metric',
    package_name: packageName,
    path: inPackage.replace(/^[^/]+\//, ''),
    original_file_path: inPackage,
    fqn: [...fqnFolders(package_, document.file), name],
    description: resolution.describe(description, packageName, document.locate([...path, 'name'])),
    label: own['label'] ?? null,
    type: own['type'] ?? null,
    type_params: typeParameters,
    filter: whereFilter(own['filter']),
    metadata: null,
    time_granularity: own['time_granularity'] ?? null,
    meta,
    tags: [...asStrings(own['tags']), ...asStrings(config['tags'])],
    config: { enabled: true, group, meta },
    unrendered_config: {},
    refs: [],
    sources: [],
    metrics: [],
    created_at: 0,
    group,
  } satisfies { readonly [key: string]: Json }
  return { fields, typeParameters }
}

function measuresOf(parameters: Config): readonly string[] {
  const conversion = isMapping(parameters['conversion_type_params'])
    ? parameters['conversion_type_params']
    : {}
  return namesOf([parameters['measure'], conversion['base_measure'], conversion['conversion_measure']])
}

function metricsOf(parameters: Config): readonly string[] {
  return namesOf([...listOf(parameters['metrics']), parameters['numerator'], parameters['denominator']])
}

function namesOf(list: readonly (Json | undefined)[]): readonly string[] {
  return list.flatMap((one) => (isMapping(one) && typeof one['name'] === 'string' ? [one['name']] : []))
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : []
}
