import type { Json, Location, Node, NodeId } from '@strata/core'
import type { ImpactTarget } from './column-impact.ts'
import type { GoneColumns } from './gone-columns.ts'
import { directKinds, type GraphLineage, indirectKinds, type NodeUse } from './graph-lineage.ts'

/** Something that names a column. */
export interface Mention {
  readonly node: NodeId
  readonly as:
    | 'sql'
    | 'data_test'
    | 'unit_test'
    | 'contract'
    | 'constraint'
    | 'index'
    | 'policy'
    | 'unique_key'
    | 'option'
    | 'increment'
  /** What names it: the columns and clauses of the SQL, the name of the constraint, the condition of the policy. */
  readonly detail: string
  readonly location: Location
}

/** Where a piece of the full form of a node's SELECT is written; null: that is not known. */
export type LocateInFull = (node: NodeId, offset: number) => Location | null

export interface Mentioned {
  readonly target: ImpactTarget
  /** What would be gone with it; null for a part of a column. */
  readonly gone: GoneColumns | null
  /** Whether a use reads a part of a JSON column that is, or stands in, the one that was asked for; above the node. */
  readonly readsPart: (use: NodeUse) => boolean
  readonly locate: LocateInFull
}

/** How a node names the column, or one that is gone with it; nodes are to be asked in graph order. */
export function mentionsOf(
  lineage: GraphLineage,
  node: Node,
  { target, gone, readsPart, locate }: Mentioned,
): readonly Mention[] {
  const found = (gone?.all() ?? [target]).flatMap((one) => mentionsOfOne(node, one))
  const failing = gone === null ? readingPlaces(lineage, node, readsPart) : gone.look(node)
  if (failing.length > 0 && node.kind !== 'data_test') {
    const isIt = gone === null ? readsPart : (use: NodeUse) => gone.has(use.node, use.column)
    const places = named(lineage, node, isIt)
    const first = Math.min(...failing)
    found.unshift({
      node: node.id,
      as: 'sql',
      detail: places.length > 0 ? places.join(', ') : 'a part that no column comes from',
      location: (Number.isFinite(first) ? locate(node.id, first) : null) ?? node.location,
    })
  }
  if (failing.length > 0 && node.kind === 'data_test' && found.length === 0)
    found.push({ node: node.id, as: 'data_test', detail: node.testName, location: node.location })
  const distinct = new Map(found.map((one) => [JSON.stringify([one.as, one.detail, one.location]), one]))
  return [...distinct.values()]
}

/** Where the columns of a node are written that read something; infinite for its other clauses. */
function readingPlaces(
  lineage: GraphLineage,
  node: Node,
  reads: (use: NodeUse) => boolean,
): readonly number[] {
  const of = lineage.of(node.id)
  if (of === null) return []
  return [
    ...(of.columns ?? []).flatMap((column) =>
      directKinds.some((kind) => column[kind].some(reads)) ? [column.offset ?? Number.POSITIVE_INFINITY] : [],
    ),
    ...indirectKinds.flatMap((kind) => (of.rows[kind].some(reads) ? [Number.POSITIVE_INFINITY] : [])),
  ]
}

function mentionsOfOne(node: Node, target: ImpactTarget): Mention[] {
  const mention = (as: Mention['as'], detail: string, location: Location = node.location): Mention => ({
    node: node.id,
    as,
    detail,
    location,
  })
  if (node.kind === 'data_test') {
    const isOfColumn = node.attachedTo === target.node && node.column === target.column
    return isOfColumn && target.path.length === 0 ? [mention('data_test', node.testName)] : []
  }
  if (node.kind === 'unit_test')
    return mentionedInRows(node.definition, node, target).map((detail) => mention('unit_test', detail))
  const found: Mention[] = []
  const declared = node.id === target.node
  if (node.kind === 'model') {
    for (const edge of node.increments) {
      const columns = [
        ...(edge.by?.kind === 'columns' ? edge.by.columns : []),
        ...(edge.keys ?? []).map(({ column }) => column),
        ...(edge.eventTime === undefined ? [] : [edge.eventTime]),
      ]
      if (edge.parent === target.node && columns.includes(target.column))
        found.push(mention('increment', 'its increments are found by it'))
    }
    for (const { type, name, definition, columns, location } of node.contract?.constraints ?? []) {
      if (
        declared &&
        (columns.includes(target.column) || (columns.length === 0 && names(definition, target)))
      )
        found.push(mention('constraint', `${type} ${name}`, location))
    }
  }
  if (declared) found.push(...ownMentions(node, target, mention))
  return found
}

function ownMentions(
  node: Node,
  target: ImpactTarget,
  mention: (as: Mention['as'], detail: string, location?: Location) => Mention,
): readonly Mention[] {
  if (!('config' in node)) return []
  const found: Mention[] = []
  if (node.kind === 'model') {
    const column = node.contract?.columns?.find(({ name }) => name === target.column)
    if (column !== undefined) found.push(mention('contract', column.type, column.location))
  }
  const config: { readonly [option: string]: Json } = node.config
  for (const index of asList(config['indexes']))
    if (names(JSON.stringify(index), target)) found.push(mention('index', columnsOf(index)))
  for (const policy of asList(config['policies'])) {
    const { name, using, with_check: check } = asMapping(policy)
    if (names(`${using ?? ''} ${check ?? ''}`, target)) found.push(mention('policy', String(name)))
  }
  for (const [option, value] of Object.entries(config)) {
    if (option === 'indexes' || option === 'policies' || !columnOptions.has(option)) continue
    if (names(JSON.stringify(value), target))
      found.push(mention(option === 'unique_key' ? 'unique_key' : 'option', option))
  }
  return found
}

/** Options, beside indexes and policies, that hold names of columns or SQL over them. */
const columnOptions = new Set([
  'unique_key',
  'updated_at',
  'check_cols',
  'event_time',
  'incremental_predicates',
  'merge_update_columns',
  'merge_exclude_columns',
  'partition_by',
  'cluster_by',
  'loaded_at_field',
])

/** The columns and clauses of a node's SQL that use the column. */
function named(lineage: GraphLineage, node: Node, isIt: (use: NodeUse) => boolean): readonly string[] {
  const of = lineage.of(node.id)
  if (of === null) return []
  const columns = (of.columns ?? []).filter((column) => directKinds.some((kind) => column[kind].some(isIt)))
  return [
    ...columns.map(({ name }) => name),
    ...indirectKinds.filter((kind) => of.rows[kind].some(isIt)).map((kind) => clauses[kind]),
  ]
}

const clauses = { filter: 'where', join: 'join', group: 'group by', order: 'order by' } as const

/** Whether a text of SQL or JSON holds the column's name as a word. */
function names(text: string, { column }: ImpactTarget): boolean {
  const escaped = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped}(?![\\p{L}\\p{N}_$])`, 'iu').test(text)
}

function mentionedInRows(
  definition: { readonly [key: string]: Json },
  node: Node & { readonly kind: 'unit_test' },
  target: ImpactTarget,
): readonly string[] {
  const has = (rows: Json | undefined): boolean =>
    typeof rows === 'string'
      ? names(rows.split('\n', 1)[0]!, target)
      : asList(rows).some((row) => Object.keys(asMapping(row)).includes(target.column))
  const found: string[] = []
  const expect = asMapping(definition['expect'])
  if (node.model === target.node && has(expect['rows'])) found.push('expect')
  const relation = target.node.split('.').at(-1)!
  for (const given of asList(definition['given'])) {
    const { input, rows } = asMapping(given)
    const refers = typeof input === 'string' && new RegExp(`['"]${relation}['"]`).test(input)
    if (refers && has(rows)) found.push(`given ${input}`)
  }
  return found
}

function columnsOf(index: Json): string {
  return asList(asMapping(index)['columns']).join(', ')
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function asMapping(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {}
}
