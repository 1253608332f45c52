import { type Fragment, type IncrementEdge, quoteIdentifier, quoteRelation } from '@strata/core'

/**
 * The SELECT of an increment over whole parents: what a template that is finished at its step, in its incremental form alone, yields of
 * everything. Throws `Error` for a parent that is none of the edges.
 */
export function wholeSelect(fragments: readonly Fragment[], edges: readonly IncrementEdge[]): string {
  const relationOf = (id: string): string => {
    const edge = edges.find(({ parent }) => parent === id)
    if (edge === undefined) throw new Error(`there is no edge from ${id}`)
    return quoteRelation(edge.relation)
  }
  return fragments
    .map((piece) => {
      if (typeof piece === 'string') return piece
      if ('windowOf' in piece) return quoteRelation(piece.relation)
      if ('incrementOf' in piece) return relationOf(piece.incrementOf)
      return `select ${quoteIdentifier(piece.column)} from ${relationOf(piece.keysOf)}`
    })
    .join('')
}
