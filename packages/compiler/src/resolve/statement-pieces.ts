import type { Location } from '@strata/core'
import { type Piece, slicePieces, type Via } from '../template/index.ts'
import type { CteSource, StatementPart } from './ephemeral.ts'

/** Where a statement was written, of which a part is `own` and parts are the ephemeral models before it. */
export function statementPieces(parts: readonly StatementPart[], own: readonly Piece[]): readonly Piece[] {
  return parts.flatMap(({ text, from }) => {
    const pieces = from === null ? null : from.of === 'statement' ? own : from.of.pieces
    if (pieces == null || from === null) return [{ length: text.length, place: null }]
    return slicePieces(pieces, from.at, from.at + text.length)
  })
}

/** The pieces of an ephemeral model, as one sees them who refers to it. */
export function referredPieces(
  pieces: readonly Piece[],
  { name }: Pick<CteSource, 'name'>,
  location: Location,
): readonly Piece[] {
  const here: Via = {
    message: `in the ephemeral model "${name}", referred to here`,
    location: () => location,
    span: null,
    next: null,
  }
  return pieces.map(({ length, place }) => ({
    length,
    place: place === null ? null : { ...place, via: withLast(place.via, here) },
  }))
}

function withLast(via: Via | null, last: Via): Via {
  return via === null ? last : { ...via, next: withLast(via.next, last) }
}
