import type { Diagnostic, Hook, SeedConfig, SeedNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Adoption } from './adopted-properties.ts'
import { draftFile } from './draft.ts'
import { fqnOf } from './fqn.ts'
import { withFurtherReferences } from './further-references.ts'
import type { Config } from './merge-config.ts'
import { asStrings, isMapping } from './merge-config.ts'
import type { PackageProject } from './package-project.ts'
import type { Renderer } from './renderer.ts'
import type { Resolution } from './resolution.ts'
import { hooksOf } from './resource-config.ts'

/** The seeds of one package: CSV files, with what the properties say of them. */
export function seedNodes(
  package_: PackageProject,
  resolution: Resolution,
  adoption: Adoption,
): {
  readonly seeds: readonly SeedNode[]
  readonly disabled: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const packageName = package_.project.name
  const byName = new Map(package_.declared.seeds.map((declared) => [declared.value.name, declared]))
  const adopted = adoption.seeds.get(packageName)
  const disabled: string[] = []
  const diagnostics: Diagnostic[] = []
  const seeds = package_.seeds.flatMap((file): SeedNode[] => {
    const { name, fqn } = fqnOf(package_, package_.project.seedPaths, file.path)
    const declared = adopted?.get(name) ?? byName.get(name) ?? null
    const location = { file: file.path, line: 1, column: 1 }
    const config = resolution.configs.of('seeds', packageName, fqn, [declared?.value ?? null], {})
    if (config['enabled'] === false) {
      disabled.push(name)
      return []
    }
    const at = declared?.document.locate(declared.path) ?? location
    const preHooks = hooksOf(config, 'pre_hook')
    const postHooks = hooksOf(config, 'post_hook')
    const delimiter = config['delimiter']
    if (typeof delimiter === 'string' && [...delimiter].length > 1) {
      diagnostics.push({
        code: 'BAD_VALUE',
        severity: 'error',
        message: `the delimiter of the seed "${name}" is ${JSON.stringify(delimiter)}, and can be one character`,
        hint: 'Write the character that separates the columns, such as ";".',
        location: declared?.document.locate([...declared.path, 'config', 'delimiter']) ?? location,
      })
    }
    return [
      {
        kind: 'seed',
        id: `seed.${packageName}.${name}`,
        name,
        packageName,
        fqn,
        location,
        patchPath: declared?.document.file ?? null,
        description: resolution.describe(declared?.value.description, packageName, at),
        tags: asStrings(config['tags']),
        meta: isMapping(config['meta']) ? config['meta'] : {},
        group: typeof config['group'] === 'string' ? config['group'] : null,
        parents: [],
        relation: resolution.names.relationOf({
          kind: 'seed',
          name,
          packageName,
          fqn,
          version: null,
          config,
          location,
        }),
        config: seedConfig(config),
        columns: (declared?.value.columns ?? []).map((column) => resolution.column(column, packageName, at)),
        file: file.path,
        checksum: file.checksum,
        preHooks,
        postHooks,
        ...macrosOf([...preHooks, ...postHooks], file.path, packageName, resolution.renderer),
      },
    ]
  })
  return { seeds, disabled, diagnostics: [...diagnostics, ...withoutFile(package_, adoption)] }
}

/** Tests and types of a misspelt name would be missed by nobody. */
function withoutFile(package_: PackageProject, { givenAway }: Adoption): readonly Diagnostic[] {
  if (package_.folder !== '') return []
  const names = new Set(
    package_.seeds.map(({ path }) => fqnOf(package_, package_.project.seedPaths, path).name),
  )
  return package_.declared.seeds
    .filter((declared) => !names.has(declared.value.name) && !givenAway.has(declared))
    .map((declared) => ({
      code: 'PROPERTIES_WITHOUT_SEED',
      severity: 'warning',
      message: `there is no seed "${declared.value.name}" for these properties`,
      hint: didYouMean(declared.value.name, names) ?? 'Remove the block, or add the CSV file.',
      location: declared.document.locate([...declared.path, 'name']),
    }))
}

/** A seed has no template but its hooks. */
function macrosOf(
  hooks: readonly Hook[],
  path: string,
  packageName: string,
  renderer: Renderer,
): Pick<SeedNode, 'macros' | 'calls'> {
  const { draft } = draftFile({ path, text: '' }, packageName, renderer)
  if (draft === null || hooks.length === 0) return {}
  const { macros, calls } = withFurtherReferences(draft, { hooks, constraints: [] }, renderer)
  return { macros, calls }
}

function seedConfig(config: Config): SeedConfig {
  const types = isMapping(config['column_types']) ? config['column_types'] : {}
  return {
    ...config,
    columnTypes: Object.fromEntries(Object.entries(types).map(([column, type]) => [column, String(type)])),
    quoteColumns: typeof config['quote_columns'] === 'boolean' ? config['quote_columns'] : null,
    delimiter:
      typeof config['delimiter'] === 'string' && config['delimiter'] !== '' ? config['delimiter'] : ',',
  }
}
