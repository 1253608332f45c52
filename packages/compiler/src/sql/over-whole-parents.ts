import { type Fragment, type NodeId, quoteIdentifier, quoteRelation } from '@strata/core'

/** An increment as SQL that reads all of its parents. */
export interface WholeText {
  readonly text: string
  /**
   * The offset in the fragments of text, joined, of an offset in `text`, both in UTF-16 units. What stands in the place of an
   * increment is where the text before it ends.
   */
  toFragments(offset: number): number
}

/** The text of an increment with its parents in the places of what is new of them. `relationOf`: their names, quoted. */
export function overWholeParents(
  fragments: readonly Fragment[],
  relationOf: (parent: NodeId) => string,
): WholeText {
  const written: { readonly at: number; readonly inFragments: number; readonly length: number }[] = []
  let text = ''
  let inFragments = 0
  for (const piece of fragments) {
    if (typeof piece === 'string') {
      written.push({ at: text.length, inFragments, length: piece.length })
      text += piece
      inFragments += piece.length
    } else if ('windowOf' in piece) text += quoteRelation(piece.relation)
    else if ('incrementOf' in piece) text += relationOf(piece.incrementOf)
    else text += `select ${quoteIdentifier(piece.column)} from ${relationOf(piece.keysOf)}`
  }
  return {
    text,
    toFragments(offset) {
      const piece = written.findLast(({ at }) => at <= offset)
      return piece === undefined ? 0 : piece.inFragments + Math.min(offset - piece.at, piece.length)
    },
  }
}
