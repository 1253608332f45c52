import type {
  Access,
  Column,
  Constraint,
  Diagnostic,
  Hook,
  Json,
  Location,
  ModelConfig,
  ModelNode,
  ModelVersion,
  RelationName,
} from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Declared } from '../project/parse-properties.ts'
import type { ModelProperties } from '../project/properties-schema.ts'
import { modelConfig as modelConfigSchema } from '../project/schemas/config.ts'
import type { YamlPath } from '../project/yaml-document.ts'
import { isTypeScript, type ModelSource } from '../typescript/index.ts'
import type { Adoption } from './adopted-properties.ts'
import { checkConfig } from './check-config.ts'
import { constraintsOf } from './constraints.ts'
import { deprecationDate } from './deprecation-date.ts'
import { type Draft, draftFile, draftTypeScript } from './draft.ts'
import { fqnOf } from './fqn.ts'
import { withFurtherReferences } from './further-references.ts'
import { asStrings, isMapping } from './merge-config.ts'
import { modelConfig } from './model-config.ts'
import { type ModelVersions, modelVersions, type VersionOf } from './model-versions.ts'
import type { PackageProject } from './package-project.ts'
import type { Resolution } from './resolution.ts'
import { hooksOf } from './resource-config.ts'

/** A model file with its configuration merged: all but the neighbours and the SQL of its node. */
export interface ModelDraft extends Draft {
  readonly id: string
  readonly name: string
  readonly fqn: readonly string[]
  readonly location: Location
  readonly modelConfig: ModelConfig
  readonly relation: RelationName
  readonly description: string
  readonly columns: readonly Column[]
  readonly tags: readonly string[]
  readonly meta: { readonly [key: string]: Json }
  readonly properties: Declared<ModelProperties> | null
  /** What it is as a version; null: the model has none. */
  readonly versioned: VersionOf | null
  readonly version: ModelVersion | null
  readonly latestVersion: ModelVersion | null
  readonly access: Access
  readonly group: string | null
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  readonly deprecationDate?: string
  readonly timeSpine?: ModelNode['timeSpine']
  readonly constraints?: readonly Constraint[]
  /** Of the file with all that it imports; null: it can import nothing. */
  readonly checksum: string | null
}

/** Names of files that are no nodes: switched off, or with an error that has been told. */
export interface AbsentNodes {
  readonly disabled: ReadonlySet<string>
  readonly broken: ReadonlySet<string>
}

/** Drafts every model file of one package. */
export function draftModels(
  package_: PackageProject,
  declarations: readonly Declared<ModelProperties>[],
  resolution: Resolution,
  adoption: Adoption,
): {
  readonly models: readonly ModelDraft[]
  readonly absent: AbsentNodes
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const byName = propertiesByName(declarations, diagnostics)
  const adopted = adoption.models.get(package_.project.name)
  const models: ModelDraft[] = []
  const disabled = new Set<string>()
  const broken = new Set<string>()
  const named = package_.models.map((file) => ({
    file,
    ...fqnOf(package_, package_.project.modelPaths, file.path),
  }))
  const fileNames = new Set(named.map(({ name }) => name))
  const versions = modelVersions(declarations, fileNames)

  for (const { file, fqn, name: fileName } of named) {
    const versionOf = versions.byFile.get(fileName) ?? null
    const name = versionOf?.name ?? fileName
    const draftOf = isTypeScript(file.path) ? draftTypeScript : draftFile
    const drafted = draftOf(file, package_.project.name, resolution.renderer)
    diagnostics.push(...drafted.diagnostics)
    if (drafted.draft === null) {
      broken.add(name)
      continue
    }
    const properties = versionOf?.declared ?? adopted?.get(name) ?? byName.get(name) ?? null
    const model = toModel(package_, file, drafted.draft, { name, fqn, versionOf, properties }, resolution)
    diagnostics.push(...model.diagnostics)
    if (model.draft.modelConfig.enabled) models.push(model.draft)
    else disabled.add(name)
  }

  const kept = declarations.filter((declared) => !adoption.givenAway.has(declared))
  diagnostics.push(...withoutFile(package_, kept, versions, fileNames))
  return { models, absent: { disabled, broken }, diagnostics }
}

interface Identity {
  readonly name: string
  readonly fqn: readonly string[]
  readonly versionOf: VersionOf | null
  readonly properties: Declared<ModelProperties> | null
}

function toModel(
  package_: PackageProject,
  file: ModelSource,
  draft: Draft,
  identity: Identity,
  resolution: Resolution,
): { readonly draft: ModelDraft; readonly diagnostics: readonly Diagnostic[] } {
  const { name, versionOf } = identity
  const packageName = package_.project.name
  const version = versionOf?.version ?? null
  const location: Location = { file: file.path, line: 1, column: 1 }
  const fqn = version === null ? identity.fqn : [...identity.fqn.slice(0, -1), name, `v${version}`]
  const declared = identity.properties?.value ?? null
  const config = resolution.configs.of(
    'models',
    packageName,
    fqn,
    [declared, versionOf?.block ?? null],
    draft.config,
  )
  const at = (below: YamlPath): Location =>
    identity.properties?.document.locate([...identity.properties.path, ...below]) ?? location
  const placeOf = (option: string): Location => {
    if (draft.config[option] !== undefined) return draft.configLocation
    const inProperties = declared?.config?.[option] ?? versionOf?.block.config?.[option]
    return inProperties !== undefined && inProperties !== null
      ? at(['config', option])
      : resolution.configs.placeOf('models', packageName, fqn, option)
  }
  const checked = modelConfig(config, placeOf, resolution.findMaterialization)
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const columns = versionOf?.columns ?? declared?.columns ?? []
  const deprecated = deprecationDate((versionOf?.block ?? declared)?.deprecation_date)
  const preHooks = hooksOf(config, 'pre_hook')
  const postHooks = hooksOf(config, 'post_hook')
  const constraints = [
    versionOf?.block.constraints ?? declared?.constraints,
    ...columns.map((column) => column.constraints),
  ]
  const hooks = [...preHooks, ...postHooks]
  const whole = withFurtherReferences(
    draft,
    { hooks, constraints, self: { name, version } },
    resolution.renderer,
  )
  return {
    diagnostics: [
      ...checkConfig(draft.config, modelConfigSchema, draft.configLocation),
      ...checked.diagnostics,
    ],
    draft: {
      ...whole,
      id: version === null ? `model.${packageName}.${name}` : `model.${packageName}.${name}.v${version}`,
      name,
      fqn,
      location,
      modelConfig: checked.config,
      relation: resolution.names.relationOf({
        kind: 'model',
        name,
        packageName,
        fqn,
        version,
        config,
        location,
      }),
      description: resolution.describe(
        versionOf?.block.description ?? declared?.description,
        packageName,
        at(['description']),
      ),
      columns: columns.map((column, index) =>
        resolution.column(column, packageName, at(['columns', index, 'description'])),
      ),
      tags: asStrings(config['tags']),
      meta: isMapping(config['meta']) ? config['meta'] : {},
      properties: identity.properties,
      versioned: versionOf,
      version,
      latestVersion: versionOf?.latest ?? null,
      access: accessOf(config['access']),
      group: text(config['group']),
      preHooks,
      postHooks,
      checksum: file.typescript?.checksum ?? null,
      ...constraintsOf(versionOf?.block.constraints ?? declared?.constraints),
      ...(deprecated === undefined ? {} : { deprecationDate: deprecated }),
      ...timeSpineOf(declared),
    },
  }
}

function timeSpineOf(declared: ModelProperties | null): Pick<ModelDraft, 'timeSpine'> {
  const spine = declared?.time_spine
  if (spine === null || spine === undefined) return {}
  const customGranularities = (spine.custom_granularities ?? []).map((one) => ({
    name: one.name,
    column: one.column_name ?? null,
  }))
  return { timeSpine: { column: spine.standard_granularity_column, customGranularities } }
}

function accessOf(value: unknown): Access {
  return value === 'private' || value === 'public' ? value : 'protected'
}

function withoutFile(
  package_: PackageProject,
  declarations: readonly Declared<ModelProperties>[],
  versions: ModelVersions,
  fileNames: ReadonlySet<string>,
): Diagnostic[] {
  if (package_.folder !== '') return []
  const missingVersions = [...versions.byFile].flatMap(([fileName, { declared, name, version }]) =>
    fileNames.has(fileName)
      ? []
      : [
          {
            code: 'VERSION_WITHOUT_FILE',
            severity: 'error' as const,
            message: `version ${version} of "${name}" has no file ${fileName}.sql`,
            hint: 'Add the file, or name it with defined_in.',
            location: declared.document.locate([...declared.path, 'versions']),
          },
        ],
  )
  const missing = declarations
    .filter(({ value }) => !fileNames.has(value.name) && (value.versions ?? []).length === 0)
    .map(
      (declared): Diagnostic => ({
        code: 'PROPERTIES_WITHOUT_MODEL',
        severity: 'warning',
        message: `there is no model "${declared.value.name}" for these properties`,
        hint: didYouMean(declared.value.name, fileNames) ?? 'Remove the block, or add the model file.',
        location: declared.document.locate([...declared.path, 'name']),
      }),
    )
  return [...missingVersions, ...missing]
}

function propertiesByName(
  declarations: readonly Declared<ModelProperties>[],
  diagnostics: Diagnostic[],
): Map<string, Declared<ModelProperties>> {
  const byName = new Map<string, Declared<ModelProperties>>()
  for (const declared of declarations) {
    const { name } = declared.value
    const first = byName.get(name)
    if (first === undefined) {
      byName.set(name, declared)
      continue
    }
    diagnostics.push({
      code: 'DUPLICATE_PROPERTIES',
      severity: 'error',
      message: `the properties of "${name}" stand in two places`,
      hint: 'Merge the two blocks into one.',
      location: declared.document.locate([...declared.path, 'name']),
      related: [
        { message: 'the first block is here', location: first.document.locate([...first.path, 'name']) },
      ],
    })
  }
  return byName
}
