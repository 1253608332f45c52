import type {
  Diagnostic,
  Graph,
  Json,
  Location,
  ModelNode,
  NodeId,
  SnapshotNode,
  SourceNode,
} from '@strata/core'
import { plainColumn } from '../materialize/snapshot/snapshot-sql.ts'
import { didYouMean } from '../project/near-misses.ts'
import { asStrings } from '../resolve/merge-config.ts'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { locate } from '../template/index.ts'

interface Named {
  /** What names it: `unique_key`. */
  readonly option: string
  /** As written. */
  readonly column: string
  readonly location?: Location
}

/** Errors of columns that options of models and snapshots name, and their relations do not have. */
export function namedColumns(
  graph: Graph,
  namesOf: (id: NodeId) => readonly string[] | null,
): readonly Diagnostic[] {
  return graph.nodes.flatMap((node): readonly Diagnostic[] => {
    if (node.kind !== 'model' && node.kind !== 'snapshot' && node.kind !== 'source') return []
    const named =
      node.kind === 'model' ? ofModel(node) : node.kind === 'snapshot' ? ofSnapshot(node) : ofSource(node)
    const names = named.length === 0 ? null : namesOf(node.id)
    if (names === null) return []
    const told = new Set<string>()
    return named.flatMap(({ option, column, location }): Diagnostic[] => {
      const name = plainColumn(column)
      if (name === null || names.includes(name) || told.has(`${option} ${name}`)) return []
      told.add(`${option} ${name}`)
      return [
        {
          code: 'UNKNOWN_COLUMN',
          severity: 'error',
          message: `${node.name} has no column "${name}", which its ${option} names`,
          hint: didYouMean(name, names) ?? `Its columns are ${names.join(', ')}.`,
          location:
            location ?? (node.kind === 'source' ? null : placeInTemplate(node, column)) ?? node.location,
        },
      ]
    })
  })
}

function ofModel({ config, contract }: ModelNode): readonly Named[] {
  const option = (name: string, columns: readonly string[]): Named[] =>
    columns.map((column) => ({ option: name, column }))
  const indexes = Array.isArray(config['indexes']) ? config['indexes'] : []
  const isTable = config.materialized === 'table' || config.materialized === 'incremental'
  return [
    ...(config.materialized === 'incremental' ? option('unique_key', config.uniqueKey) : []),
    ...option('merge_update_columns', asStrings(config['merge_update_columns'])),
    ...option('merge_exclude_columns', asStrings(config['merge_exclude_columns'])),
    ...option('event_time', textIn(config['event_time'])),
    ...option(
      'indexes',
      indexes.flatMap((index: Json) => asStrings((index as { readonly [key: string]: Json })?.['columns'])),
    ),
    // Under a contract that is enforced they have been compared with its columns.
    ...(contract === undefined || contract.columns !== null || !isTable
      ? []
      : contract.constraints.flatMap(({ columns, type, location }) =>
          columns.map((column) => ({
            option: `${type.replace('_', ' ')} constraint`,
            column: quoted(column),
            location,
          })),
        )),
  ]
}

function ofSnapshot({ config }: SnapshotNode): readonly Named[] {
  const { strategy, uniqueKey } = snapshotSettings(config)
  const checked = strategy.kind === 'check' && strategy.columns !== 'all' ? strategy.columns : []
  return [
    ...uniqueKey.map((column) => ({ option: 'unique_key', column })),
    ...checked.map((column) => ({ option: 'check_cols', column: quoted(column) })),
  ]
}

function ofSource({ loadedAtField, location }: SourceNode): readonly Named[] {
  return loadedAtField === null ? [] : [{ option: 'loaded_at_field', column: loadedAtField, location }]
}

function textIn(value: Json | undefined): readonly string[] {
  return typeof value === 'string' && value.trim() !== '' ? [value] : []
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Where the name stands in quotes, which is in the file's `config()` more often than not. */
function placeInTemplate({ rawCode, location }: ModelNode | SnapshotNode, column: string): Location | null {
  const bare = column.replaceAll('"', '')
  const found = /\bconfig\s*\(/.exec(rawCode)
  if (found === null) return null
  const at = [`'${bare}'`, `"${bare}"`]
    .map((text) => rawCode.indexOf(text, found.index))
    .filter((index) => index >= 0)
  return at.length === 0 ? null : locate({ file: location.file, text: rawCode }, Math.min(...at) + 1)
}
