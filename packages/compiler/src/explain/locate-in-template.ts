import type { Location } from '@strata/core'
import { locate } from '../template/index.ts'

const tags = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g
const insertions = /\$\{[^}]*\}/g

/**
 * Where in a template the text was written that stands at `position` (a 1-based code point) of the SQL made of it. Null where
 * it came out of a macro, or out of several places alike.
 */
export function locateInTemplate(
  source: { readonly file: string; readonly text: string },
  sql: string,
  position: number,
): Location | null {
  const offset = [...sql].slice(0, position - 1).join('').length
  const word = /^(?:[\w$]+|[^\s])/u.exec(sql.slice(offset))?.[0] ?? ''
  const pieces = literalPieces(source)
  const isWritten = (text: string) => pieces.some((piece) => piece.text.includes(text))
  if (word === '' || !isWritten(word)) return null
  // The longest text around the word that is written in one piece: what is longer is rarer.
  const right = longest(sql.length - offset, (length) => isWritten(sql.slice(offset, offset + length)))
  const left = longest(offset, (length) => isWritten(sql.slice(offset - length, offset + right)))
  const around = sql.slice(offset - left, offset + right)
  // A word alone may stand elsewhere by chance.
  if (around.trim().length < word.length + 2) return null
  const [found, ...others] = pieces.flatMap((piece) =>
    occurrences(piece.text, around).map((at) => piece.at + at + left),
  )
  return found === undefined || others.length > 0 ? null : locate(source, found)
}

interface Piece {
  readonly at: number
  readonly text: string
}

/** What stands between the tags. */
function literalPieces({ file, text }: { readonly file: string; readonly text: string }): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const tag of text.matchAll(file.endsWith('.ts') ? insertions : tags)) {
    pieces.push({ at, text: text.slice(at, tag.index) })
    at = tag.index + tag[0].length
  }
  return [...pieces, { at, text: text.slice(at) }]
}

/** The greatest length up to `limit` that holds, where each smaller one holds as well. */
function longest(limit: number, holds: (length: number) => boolean): number {
  let low = 0
  let high = limit
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function occurrences(text: string, wanted: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) found.push(at)
  return found
}
