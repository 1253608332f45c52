import {
  type ChangedKeys,
  deriveName,
  type EdgeFacts,
  type FormerRows,
  type Fragment,
  type IncrementEdge,
  type NodeId,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
} from '@strata/core'
import { beyondSnapshot, newRows } from '../edges/new-rows.ts'
import { freeNames } from '../free-names.ts'

export interface StagedEdges {
  readonly actions: readonly PublishAction[]
  /** The model's SELECT over what was staged. */
  readonly select: string
  /** Parents whose increments the SELECT reads, of which former rows are kept. */
  readonly rows: readonly StagedRows[]
  readonly keys: readonly StagedKeys[]
}

export interface StagedRows {
  /** Unquoted, in pg_temp: the increment, under the parent's own name. */
  readonly name: string
  /** Statement that copies, under a name of its own, what the rows were that were changed or deleted since. */
  readonly copyFormer: string
  readonly formerName: string
}

export interface StagedKeys extends ChangedKeys {
  /** Quoted. */
  readonly table: string
}

/** The column of a table of former rows that tells which transaction ended them. */
export const leftColumn = 'strata_left_xid'

/**
 * Copies, for each edge, the rows that the stored snapshot does not see and this transaction's does: exactly those
 * committed in between, whenever they were begun. They are staged and analyzed since the planner takes any such
 * condition for a third of the table. The copy has the parent's own name, so that `from {{ increment(…) }}` without
 * an alias lets the SELECT say `patients.id` on every day.
 */
export function stageEdges(
  edges: readonly EdgeFacts[],
  declared: readonly IncrementEdge[],
  fragments: readonly Fragment[],
  snapshot: string,
): StagedEdges {
  const freeName = freeNames()
  const actions: PublishAction[] = []
  const names = new Map<NodeId, string>()
  const rows: StagedRows[] = []
  const keyTables = new Map<string, StagedKeys>()
  for (const edge of edges) {
    if (edge.from === null) throw new Error(`the edge from ${edge.parent} has no watermark to start from`)
    const isNew = newRows(edge, snapshot)
    const hasLeft = () => beyondSnapshot(leftColumn, edge.from!, snapshot)
    if (
      fragments.some(
        (piece) => typeof piece === 'object' && 'incrementOf' in piece && piece.incrementOf === edge.parent,
      )
    ) {
      const name = freeName(edge.relation.name)
      names.set(edge.parent, `pg_temp.${quoteIdentifier(name)}`)
      actions.push(
        {
          kind: 'execute',
          sql: createTemporary(name, `select * from ${quoteRelation(edge.relation)}\nwhere ${isNew}`),
        },
        { kind: 'execute', sql: `analyze pg_temp.${quoteIdentifier(name)}` },
      )
      if (edge.former !== null) {
        const formerName = freeName(deriveName(name, '__strata_former'))
        rows.push({
          name,
          formerName,
          copyFormer: createTemporary(formerName, formerRows(edge.former, hasLeft())),
        })
      }
    }
    for (const keys of declared.find(({ parent }) => parent === edge.parent)?.keys ?? []) {
      const name = freeName(deriveName(edge.relation.name, `__strata_${keys.column}`))
      const table = `pg_temp.${quoteIdentifier(name)}`
      keyTables.set(`${edge.parent} ${keys.column}`, { ...keys, table })
      actions.push(
        { kind: 'execute', sql: createTemporary(name, changedKeys(edge, keys.column, isNew, hasLeft)) },
        { kind: 'execute', sql: `analyze ${table}` },
      )
    }
  }
  const textOf = (piece: Fragment): string => {
    if (typeof piece === 'string') return piece
    if ('windowOf' in piece) throw new Error(`${piece.windowOf} is read by batches, and not by what is new`)
    if ('incrementOf' in piece) return required(names.get(piece.incrementOf), piece.incrementOf)
    const keys = keyTables.get(`${piece.keysOf} ${piece.column}`)
    return selectKeys(required(keys, piece.keysOf).table, piece.column)
  }
  return { actions, select: fragments.map(textOf).join(''), rows, keys: [...keyTables.values()] }
}

function selectKeys(table: string, column: string): string {
  return `select ${quoteIdentifier(column)} from ${table}`
}

function required<T>(found: T | undefined, parent: NodeId): T {
  if (found === undefined) throw new Error(`there is no edge from ${parent}`)
  return found
}

function createTemporary(name: string, select: string): string {
  return `create temp table ${quoteIdentifier(name)} on commit drop as\n${select}`
}

export function formerRows({ relation, columns }: FormerRows, beyond: string): string {
  return `select ${columns.map(quoteIdentifier).join(', ')} from ${quoteRelation(relation)}\nwhere ${beyond}`
}

/** Keys that rows have now, and those that they had before they were changed or deleted. */
function changedKeys(edge: EdgeFacts, column: string, isNew: string, hasLeft: () => string): string {
  const key = quoteIdentifier(column)
  const now = `select ${key} from ${quoteRelation(edge.relation)}\nwhere ${isNew}`
  // As over whole parents: made distinct by one process.
  if (edge.former === null) return `select distinct ${key} from (\n${now}\noffset 0\n) as changed`
  const before = `select ${key} from ${quoteRelation(edge.former.relation)}\nwhere ${hasLeft()}`
  return `${now}\nunion\n${before}`
}
