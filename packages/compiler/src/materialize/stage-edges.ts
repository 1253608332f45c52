import {
  deriveName,
  type EdgeFacts,
  type NodeId,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
} from '@strata/core'
import { changeColumn } from './build-table.ts'

export interface StagedEdges {
  readonly actions: readonly PublishAction[]
  /** What stands in the SELECT for the increment of a parent: a temporary table, quoted. */
  nameOf(parent: NodeId): string
}

/**
 * Copies, for each edge, the rows that the stored snapshot does not see and this transaction's does: exactly those
 * committed in between, whenever they were begun. They are staged and analyzed since the planner takes any such
 * condition for a third of the table. The copy has the parent's own name, so that `from {{ increment(…) }}` without
 * an alias lets the SELECT say `patients.id` on every day.
 */
export function stageEdges(edges: readonly EdgeFacts[], snapshot: string): StagedEdges {
  const names = new Map<NodeId, string>()
  const taken = new Set<string>()
  const actions: PublishAction[] = []
  for (const edge of edges) {
    if (edge.from === null) throw new Error(`the edge from ${edge.parent} has no watermark to start from`)
    let name = edge.relation.name
    for (let copy = 2; taken.has(name); copy++) name = deriveName(edge.relation.name, `_${copy}`)
    taken.add(name)
    names.set(edge.parent, `pg_temp.${quoteIdentifier(name)}`)
    actions.push(
      { kind: 'execute', sql: copyIncrement(edge, edge.from, quoteIdentifier(name), snapshot) },
      { kind: 'execute', sql: `analyze pg_temp.${quoteIdentifier(name)}` },
    )
  }
  return {
    actions,
    nameOf(parent) {
      const name = names.get(parent)
      if (name === undefined) throw new Error(`there is no edge from ${parent}`)
      return name
    },
  }
}

function copyIncrement(edge: EdgeFacts, from: string, name: string, to: string): string {
  const changed = quoteIdentifier(changeColumn)
  const old = `${quoteLiteral(from)}::pg_snapshot`
  return `create temp table ${name} on commit drop as
select * from ${quoteRelation(edge.relation)}
where ${changed} >= pg_snapshot_xmin(${old})
  and not pg_visible_in_snapshot(${changed}, ${old})
  and pg_visible_in_snapshot(${changed}, ${quoteLiteral(to)}::pg_snapshot)`
}
