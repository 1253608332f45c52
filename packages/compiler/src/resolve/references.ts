import type { Diagnostic, NodeId, RelationName, SourceNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { AbsentModels, ModelDraft } from './model-drafts.ts'
import type { Reference } from './render-scope.ts'

/** What a reference leads to. */
export interface Resolved {
  readonly id: NodeId
  readonly relation: RelationName
  /** Whether `increment()` of it can be read; null: not a thing that has rows of its own. */
  readonly tracksChanges: boolean
}

export interface References {
  find(reference: Reference): Resolved | null
  /** Why a reference leads nowhere; null where the reason has been told already. */
  complain(reference: Reference): Diagnostic | null
}

/** Looks up `ref()` and `source()` among the nodes of a project. */
export function createReferences(
  projectName: string,
  models: readonly ModelDraft[],
  absent: AbsentModels,
  sources: readonly SourceNode[],
): References {
  const modelByName = new Map(models.map((model) => [model.name, model]))
  const sourceByName = new Map(sources.map((source) => [source.name, source]))

  return {
    find(reference) {
      if (reference.kind === 'source') {
        const source = sourceByName.get(`${reference.sourceName}.${reference.tableName}`)
        return source === undefined
          ? null
          : { id: source.id, relation: source.relation, tracksChanges: source.tracksChanges }
      }
      if (reference.packageName !== null && reference.packageName !== projectName) return null
      const model = modelByName.get(reference.name)
      if (model === undefined) return null
      return {
        id: model.id,
        relation: model.relation,
        tracksChanges: model.modelConfig.materialized === 'incremental',
      }
    },
    complain(reference) {
      const { location } = reference
      if (reference.kind === 'source')
        return unknownSource(reference.sourceName, reference.tableName, sources, reference)
      if (absent.broken.has(reference.name)) return null
      if (absent.disabled.has(reference.name)) {
        return {
          code: 'DISABLED_REF',
          severity: 'error',
          message: `ref('${reference.name}') names a model that is disabled`,
          hint: 'Enable it (enabled: true), or remove the reference.',
          location,
        }
      }
      return {
        code: 'UNKNOWN_REF',
        severity: 'error',
        message: `there is no model "${reference.name}"${reference.packageName === null ? '' : ` in package "${reference.packageName}"`}`,
        hint: didYouMean(reference.name, modelByName.keys()) ?? sourceHint(reference.name, sources),
        location,
      }
    },
  }
}

function sourceHint(name: string, sources: readonly SourceNode[]): string {
  const source = sources.find((candidate) => candidate.fqn.at(-1) === name)
  if (source !== undefined)
    return `It is a table of a source: write source('${source.sourceName}', '${name}').`
  return '`models list --resource-type model` shows the models there are.'
}

function unknownSource(
  sourceName: string,
  tableName: string,
  sources: readonly SourceNode[],
  reference: Reference,
): Diagnostic {
  const tables = sources.filter((source) => source.sourceName === sourceName)
  const known = tables.length > 0
  return {
    code: 'UNKNOWN_SOURCE',
    severity: 'error',
    message: known
      ? `the source "${sourceName}" has no table "${tableName}"`
      : `there is no source "${sourceName}"`,
    hint: known
      ? (didYouMean(
          tableName,
          tables.map((table) => table.fqn.at(-1)!),
        ) ?? `Declare it under tables: of the source ${sourceName}.`)
      : (didYouMean(
          sourceName,
          sources.map((source) => source.sourceName),
        ) ?? 'Declare it under sources: in a YAML file.'),
    location: reference.location,
  }
}
