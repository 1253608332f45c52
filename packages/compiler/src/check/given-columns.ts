import { displayRelation, type Graph, type NodeId, type Queryable, type SourceNode } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import type { CheckOptions, TypedColumn } from './checked-graph.ts'
import { nameOf } from './downstream.ts'
import { columnsDigest, digestOf } from './kept-check.ts'
import { columnsOf, isSystemRelation, typedColumns } from './relation-columns.ts'
import type { Subject } from './subjects.ts'

/** What is known of a source or seed. */
export type Given =
  /** `key`: a digest of what they come from. Null: they cannot be found. */
  | {
      readonly kind: 'columns'
      readonly key: string
      readonly columns: () => Promise<readonly TypedColumn[] | null>
    }
  /** The relation itself is at hand. */
  | { readonly kind: 'there'; readonly columns: readonly TypedColumn[] }
  /** So is one of the server's own, of which nobody asks what it looks like. */
  | { readonly kind: 'system' }
  | { readonly kind: 'unknown'; readonly reason: string }

export type Looked = ReadonlyMap<NodeId, readonly TypedColumn[]>

/**
 * What is known of each source and seed. `ownPrefix`: on a server where other things are, that of our schemas; `looked`: what
 * the database has.
 */
export function givenColumns(
  { graph, seedColumns }: Pick<CheckOptions, 'graph' | 'seedColumns'>,
  looked: Looked,
  ownPrefix: string | null,
): (subject: Subject) => Given {
  const declared = typedColumns(graph)
  const built = builtRelations(graph)
  const ofSource = (source: SourceNode): Given => {
    const { relation } = source
    if (isSystemRelation(relation)) return { kind: 'system' }
    const builder = built.get(displayRelation(relation))
    if (builder !== undefined) return { kind: 'unknown', reason: `it is built by ${builder}: write ref()` }
    const found = looked.get(source.id)
    if (ownPrefix !== null && !relation.schema.startsWith(ownPrefix))
      return found === undefined
        ? { kind: 'unknown', reason: 'it is not in the database' }
        : { kind: 'there', columns: found }
    const columns = declared(source) ?? found
    return columns === undefined
      ? { kind: 'unknown', reason: whyUnknown(source) }
      : { kind: 'columns', key: columnsDigest(columns), columns: async () => columns }
  }
  return ({ node }) => {
    if (node.kind === 'source') return ofSource(node)
    if (node.kind !== 'seed') throw new Error(`${node.id} is computed`)
    const { checksum, config } = node
    const key = digestOf([
      checksum,
      config.delimiter,
      String(config.quoteColumns),
      JSON.stringify(config.columnTypes),
    ])
    return { kind: 'columns', key, columns: () => seedColumns(node) }
  }
}

function whyUnknown({ columns }: SourceNode): string {
  if (columns.length === 0) return 'nothing is known of its columns'
  const typed = columns.filter(({ dataType }) => (dataType ?? '').trim() !== '').length
  return typed === 0 ? 'its columns have no data_type' : untypedColumns
}

/** Why a source is unknown of which only a few columns have to be mended. */
const untypedColumns = 'some of its columns have no data_type'

/** Looks up those sources of which the project does not say all; `all`: every one. */
export async function lookUpSources(
  database: Queryable,
  graph: Graph,
  subjects: readonly Subject[],
  all: boolean,
): Promise<Looked> {
  const declared = typedColumns(graph)
  const wanted = subjects.flatMap(({ node }) =>
    node.kind === 'source' && !isSystemRelation(node.relation) && (all || declared(node) === null)
      ? [[node.id, node.relation] as const]
      : [],
  )
  return columnsOf(database, new Map(wanted))
}

function builtRelations(graph: Graph): ReadonlyMap<string, string> {
  return new Map(
    graph.nodes.flatMap((node) =>
      (node.kind === 'model' && !isEphemeral(node)) || node.kind === 'snapshot'
        ? [[displayRelation(node.relation), nameOf(node)]]
        : [],
    ),
  )
}
