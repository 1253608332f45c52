import type { Location } from '@strata/core'
import { locate } from '../syntax/locate.ts'
import type { SourceText, Span } from '../syntax/template.ts'

/** A call that text came through, and those around it. */
export interface Via {
  /** `in macro "cents", called here` */
  readonly message: string
  readonly location: () => Location
  /** Where that is, for what is compared with it; null: not in a template. */
  readonly span: SourceSpan | null
  readonly next: Via | null
}

export interface SourceSpan extends Span {
  readonly source: SourceText
}

/** Where a stretch of rendered text was written. */
export interface Place extends SourceSpan {
  /** Each unit of the text stands at `at` plus its offset; false: an expression there made the whole of it. */
  readonly exact: boolean
  readonly via: Via | null
}

/** A stretch of rendered text. `length`: in UTF-16 units; `place` null: nobody wrote it. */
export interface Piece {
  readonly length: number
  readonly place: Place | null
}

/** A text, and where each part of it was written, in order and without gaps; null: not known. */
export interface TracedText {
  readonly text: string
  readonly pieces: readonly Piece[] | null
}

/** Where a unit of rendered text was written; at the end of the text, what stands before it. */
export interface TracedPlace {
  readonly location: Location
  readonly exact: boolean
  /** The calls that it came through, innermost first. */
  readonly via: readonly { readonly message: string; readonly location: Location }[]
}

/** Where parts of a text were written, by their offsets. */
export function placeFinder(pieces: readonly Piece[]): (offset: number) => TracedPlace | null {
  const starts: number[] = []
  let length = 0
  for (const piece of pieces) {
    starts.push(length)
    length += piece.length
  }
  return (offset) => {
    if (offset < 0 || offset > length || pieces.length === 0) return null
    let low = 0
    let high = pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    const { place } = pieces[low]!
    if (place === null) return null
    const { source, at, end, exact } = place
    const location = exact ? locate(source, at + offset - starts[low]!) : locate(source, at, end)
    return { location, exact, via: callsOf(place) }
  }
}

/** The pieces of `text.slice(from, to)`. */
export function slicePieces(pieces: readonly Piece[], from: number, to: number): readonly Piece[] {
  const found: Piece[] = []
  let start = 0
  for (const { length, place } of pieces) {
    const first = Math.max(from, start)
    const last = Math.min(to, start + length)
    if (first < last) {
      const moved = place?.exact ? { ...place, at: place.at + first - start } : place
      found.push({ length: last - first, place: moved })
    }
    start += length
    if (start >= to) break
  }
  return found
}

/** More calls than that are told by the innermost ones. */
const mostCalls = 10

function callsOf({ via }: Place): TracedPlace['via'] {
  const calls: { message: string; location: Location }[] = []
  for (let one = via; one !== null && calls.length < mostCalls; one = one.next) {
    const { message } = one
    const location = one.location()
    const before = calls.at(-1)
    const same = before !== undefined && JSON.stringify(before.location) === JSON.stringify(location)
    if (!same) calls.push({ message, location })
  }
  return calls
}
