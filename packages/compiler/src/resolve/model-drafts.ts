import {
  type Column,
  type Diagnostic,
  type Json,
  type Location,
  type ModelConfig,
  maxIdentifierBytes,
  type RelationName,
  type Target,
} from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Declared } from '../project/parse-properties.ts'
import type { ProjectFile, SourceText } from '../project/project-file.ts'
import type { ModelProperties } from '../project/properties-schema.ts'
import { type Draft, draftFile } from './draft.ts'
import { asStrings, type Config, isMapping, mergeConfig, treeConfig } from './merge-config.ts'
import { modelConfig } from './model-config.ts'
import type { Renderer } from './renderer.ts'
import { schemaName } from './schema-name.ts'
import { toColumn } from './source-nodes.ts'

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
}

/** Names of model files that are no nodes: switched off, or with an error that has been told. */
export interface AbsentModels {
  readonly disabled: ReadonlySet<string>
  readonly broken: ReadonlySet<string>
}

/** Drafts every model file. */
export function draftModels(
  project: ProjectFile,
  files: readonly SourceText[],
  declarations: readonly Declared<ModelProperties>[],
  target: Target,
  renderer: Renderer,
): {
  readonly models: readonly ModelDraft[]
  readonly absent: AbsentModels
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const byName = propertiesByName(declarations, diagnostics)
  const models: ModelDraft[] = []
  const disabled = new Set<string>()
  const broken = new Set<string>()
  const fileNames = new Set<string>()

  for (const file of files) {
    const { name, fqn } = nameOf(project, file)
    fileNames.add(name)
    const drafted = draftFile(file, renderer)
    diagnostics.push(...drafted.diagnostics)
    if (drafted.draft === null) {
      broken.add(name)
      continue
    }
    const properties = byName.get(name) ?? null
    const config = mergedConfig(project, fqn, properties?.value ?? null, drafted.draft.config)
    const checked = modelConfig(config, drafted.draft.configLocation)
    diagnostics.push(...checked.diagnostics)
    if (!checked.config.enabled) {
      disabled.add(name)
      continue
    }
    const text = (option: string) => (typeof config[option] === 'string' ? config[option] : null)
    models.push({
      ...drafted.draft,
      id: `model.${project.name}.${name}`,
      name,
      fqn,
      location: { file: file.path, line: 1, column: 1 },
      modelConfig: checked.config,
      relation: { schema: schemaName(target, text('schema')), name: text('alias') ?? name },
      description: (properties?.value.description ?? '').trim(),
      columns: (properties?.value.columns ?? []).map(toColumn),
      tags: asStrings(config['tags']),
      meta: isMapping(config['meta']) ? config['meta'] : {},
      properties,
    })
  }

  for (const declared of declarations) {
    if (fileNames.has(declared.value.name)) continue
    diagnostics.push({
      code: 'PROPERTIES_WITHOUT_MODEL',
      severity: 'warning',
      message: `there is no model "${declared.value.name}" for these properties`,
      hint: didYouMean(declared.value.name, fileNames) ?? 'Remove the block, or add the model file.',
      location: declared.document.locate([...declared.path, 'name']),
    })
  }
  diagnostics.push(...duplicates(models), ...models.flatMap(tooLongNames))
  return { models, absent: { disabled, broken }, diagnostics }
}

/** Postgres would cut them without a word, and two models could become one relation. */
function tooLongNames(model: ModelDraft): Diagnostic[] {
  return [model.relation.name, model.relation.schema]
    .filter((name) => Buffer.byteLength(name) > maxIdentifierBytes)
    .map((name) => ({
      code: 'NAME_TOO_LONG',
      severity: 'error',
      message: `the name "${name}" has ${Buffer.byteLength(name)} bytes; Postgres takes ${maxIdentifierBytes}`,
      hint: 'Give the model a shorter alias or schema; the prefix of the target counts.',
      location: model.configLocation,
    }))
}

function nameOf(project: ProjectFile, file: SourceText): { name: string; fqn: readonly string[] } {
  const root = project.modelPaths.find((path) => file.path.startsWith(`${path.replace(/\/+$/, '')}/`)) ?? ''
  const parts = file.path
    .slice(root.replace(/\/+$/, '').length + 1)
    .replace(/\.sql$/, '')
    .split('/')
  return { name: parts.at(-1)!, fqn: [project.name, ...parts] }
}

/** Project file, then properties file, then `config()` in the model: the nearest to the SQL wins. */
function mergedConfig(
  project: ProjectFile,
  fqn: readonly string[],
  properties: ModelProperties | null,
  inFile: Config,
): Config {
  const fromTree = treeConfig(project.models, fqn)
  if (properties === null) return mergeConfig(fromTree, inFile)
  const top: { [option: string]: Json } = {}
  if (properties.tags) top['tags'] = properties.tags
  if (properties.meta) top['meta'] = properties.meta as Json
  const fromYaml = mergeConfig(top, (properties.config ?? {}) as Config)
  return mergeConfig(mergeConfig(fromTree, fromYaml), inFile)
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

/** Two files of one name, or two models that would build one relation. */
function duplicates(models: readonly ModelDraft[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const names = new Map<string, ModelDraft>()
  const relations = new Map<string, ModelDraft>()
  for (const model of models) {
    const sameName = names.get(model.name)
    const relationKey = `${model.relation.schema}.${model.relation.name}`
    const sameRelation = relations.get(relationKey)
    if (sameName !== undefined) {
      diagnostics.push({
        code: 'DUPLICATE_NAME',
        severity: 'error',
        message: `two models are named "${model.name}"`,
        hint: 'Rename one of the files: ref() finds a model by its file name, whatever its folder.',
        location: model.location,
        related: [{ message: 'the other one is here', location: sameName.location }],
      })
    } else if (sameRelation !== undefined) {
      diagnostics.push({
        code: 'DUPLICATE_RELATION',
        severity: 'error',
        message: `${model.name} and ${sameRelation.name} would both build ${relationKey}`,
        hint: 'Give one of them another alias or schema.',
        location: model.configLocation,
        related: [{ message: `${sameRelation.name} is here`, location: sameRelation.location }],
      })
    }
    names.set(model.name, model)
    relations.set(relationKey, model)
  }
  return diagnostics
}
