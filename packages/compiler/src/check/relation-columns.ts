import type { Graph, Node, NodeId, Queryable, RelationName, SourceNode } from '@strata/core'
import { sourceColumns } from '../resolve/source-columns.ts'
import type { TypedColumn } from './checked-graph.ts'

/** All columns of a source with their types, where the project says them: of what lands there, or declared; null: it does not. */
export function typedColumns(graph: Graph): (source: SourceNode) => readonly TypedColumn[] | null {
  const columnsOfSource = sourceColumns(graph.nodes)
  return (source) => columnsOfSource(source).landed ?? declaredColumns(source)
}

/** The columns that a node declares, where each has a type; null: not all have, or there are none. */
export function declaredColumns(node: Extract<Node, { columns: unknown }>): readonly TypedColumn[] | null {
  const columns = node.columns.map(({ name, dataType, quote }) => ({
    name: quote === true || /^".*"$/s.test(name) ? bare(name) : name.toLowerCase(),
    type: dataType?.trim() ?? '',
  }))
  return columns.length > 0 && columns.every(({ type }) => type !== '') ? columns : null
}

function bare(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}

/** Whether every server has it. */
export function isSystemRelation({ schema }: { readonly schema: string }): boolean {
  return schema === 'information_schema' || schema.startsWith('pg_')
}

/** The columns that relations have, in order; those that are not there are left out. One query. */
export async function columnsOf(
  queryable: Queryable,
  relations: ReadonlyMap<NodeId, RelationName>,
): Promise<ReadonlyMap<NodeId, readonly TypedColumn[]>> {
  if (relations.size === 0) return new Map()
  const entries = [...relations]
  const { rows } = await queryable.query<{
    at: number
    names: readonly string[]
    types: readonly string[]
  }>({
    text: `select w.at::int as at, array_agg(a.attname::text order by a.attnum) as names,
  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
from unnest($1::text[], $2::text[]) with ordinality as w (schema_name, relation_name, at)
join pg_namespace n on n.nspname = w.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name and c.relkind in ('r', 'v', 'm', 'f', 'p')
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
group by w.at`,
    values: [entries.map(([, { schema }]) => schema), entries.map(([, { name }]) => name)],
  })
  return new Map(
    rows.map(({ at, names, types }) => [
      entries[at - 1]![0],
      names.map((name, index) => ({ name, type: types[index]! })),
    ]),
  )
}
