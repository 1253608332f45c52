import type { Graph, Node, NodeId, Queryable } from '@strata/core'
import { createExtensions, readTargetFacts } from '../check/target-catalog.ts'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import type { Shape } from '../lineage/query-lineage.ts'
import { type EnforcedOptions, enforcedNotNull } from './enforced-columns.ts'
import { readNamedTypes } from './named-types.ts'
import type { RowType } from './print-row-types.ts'
import { provenColumns } from './proven-columns.ts'
import { type NamedTypes, unknownNames } from './value-type.ts'

export interface RowTypesOptions extends EnforcedOptions {
  readonly graph: Graph
  /** Whose rows get a type, as far as they are relations. */
  readonly nodes: readonly Node[]
  /** The columns of every node; see `checkGraph`. */
  readonly shapes: ReadonlyMap<NodeId, Shape>
  /** An empty database, which is filled; on one connection. */
  readonly scratch: Queryable
  /** The database that the models are built in: it knows its own types. */
  readonly target: Queryable
}

export interface RowTypes {
  readonly rows: readonly RowType[]
  readonly named: NamedTypes
  /** Relations whose columns are not known. */
  readonly unknown: readonly Node[]
}

/** The types of the rows of relations, with what can be known of nulls. Throws `DatabaseError` where a database fails. */
export async function rowTypes(options: RowTypesOptions): Promise<RowTypes> {
  const { graph, shapes, scratch, target } = options
  const facts = await readTargetFacts(target)
  await createExtensions(scratch, facts.extensions)
  const proven = await provenColumns(scratch, graph, shapes, enforcedNotNull(graph, options))
  const rows: RowType[] = []
  const unknown: Node[] = []
  for (const node of options.nodes) {
    if (!hasRows(node)) continue
    const columns = shapes.get(node.id)?.columns ?? null
    if (columns === null) {
      unknown.push(node)
      continue
    }
    const notNull = proven.get(node.id)
    const described = new Map(node.columns.map((column) => [column.name, column.description]))
    rows.push({
      relation: node.relation,
      description: node.description,
      columns: columns.map(({ name, type }) => ({
        name,
        type,
        notNull: notNull?.has(name) === true,
        description: described.get(name) ?? '',
      })),
    })
  }
  const names = unknownNames(rows.flatMap(({ columns }) => columns.map(({ type }) => type)))
  return { rows, named: await readNamedTypes(target, names), unknown }
}

function hasRows(node: Node): node is Extract<Node, { kind: 'model' | 'seed' | 'snapshot' | 'source' }> {
  if (node.kind === 'model') return !isEphemeral(node)
  return node.kind === 'seed' || node.kind === 'snapshot' || node.kind === 'source'
}
