import type { FixtureCell } from '@strata/core'

/** A part of a text that somebody wrote as a value of a unit test. */
export interface Mark {
  /** What it is called. */
  readonly label: string
  readonly cell: FixtureCell
}

/** SQL text that knows which value stands where in it. */
export interface MarkedSql {
  add(text: string): MarkedSql
  /** Adds the text of a value. */
  value(text: string, mark: Mark): MarkedSql
  text(): string
  /** What stands at a 1-based character (code point) of the text; null: no value. */
  markAt(position: number): Mark | null
}

export function markedSql(): MarkedSql {
  const parts: string[] = []
  const marks: { readonly start: number; readonly end: number; readonly mark: Mark }[] = []
  let length = 0
  const sql: MarkedSql = {
    add(text) {
      parts.push(text)
      length += text.length
      return sql
    },
    value(text, mark) {
      marks.push({ start: length, end: length + text.length, mark })
      return sql.add(text)
    },
    text: () => parts.join(''),
    markAt(position) {
      const offset = [...parts.join('')].slice(0, position - 1).join('').length
      return marks.find(({ start, end }) => start <= offset && offset < end)?.mark ?? null
    },
  }
  return sql
}
