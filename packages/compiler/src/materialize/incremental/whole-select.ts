import { type Fragment, type IncrementEdge, quoteRelation } from '@strata/core'
import { overWholeParents } from '../../sql/over-whole-parents.ts'

/**
 * The SELECT of an increment over whole parents: what a template that is finished at its step, in its incremental form alone, yields of
 * everything. Throws `Error` for a parent that is none of the edges.
 */
export function wholeSelect(fragments: readonly Fragment[], edges: readonly IncrementEdge[]): string {
  return overWholeParents(fragments, (id) => {
    const edge = edges.find(({ parent }) => parent === id)
    if (edge === undefined) throw new Error(`there is no edge from ${id}`)
    return quoteRelation(edge.relation)
  }).text
}
