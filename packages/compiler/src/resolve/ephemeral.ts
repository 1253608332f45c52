import type { Piece } from '../template/index.ts'

/** The SQL of an ephemeral model, as a common table expression. */
export interface CteSource {
  readonly name: string
  readonly sql: string
  /** Where `sql` was written; absent: not known, or not asked for. */
  readonly pieces?: readonly Piece[] | null
}

/** A part of a statement with common table expressions; `from`: what it is a part of, its offset there; null: it is new. */
export interface StatementPart {
  readonly text: string
  readonly from: { readonly of: CteSource | 'statement'; readonly at: number } | null
}

/** Puts common table expressions before a statement: into its own WITH where it begins with one. */
export function injectCtes(sql: string, ctes: readonly CteSource[]): readonly StatementPart[] {
  const ownPart = (at: number, end?: number) => ({
    text: sql.slice(at, end),
    from: { of: 'statement', at } as const,
  })
  if (ctes.length === 0) return [ownPart(0)]
  const list = ctes.flatMap((of, index): StatementPart[] => [
    { text: `${index === 0 ? '' : ',\n'}${of.name} as (\n`, from: null },
    { text: of.sql, from: { of, at: 0 } },
    { text: '\n)', from: null },
  ])
  const start = skipBlank(sql, 0)
  const own = /^with(\s+recursive)?\b/i.exec(sql.slice(start))
  if (own === null) return [{ text: 'with ', from: null }, ...list, { text: '\n', from: null }, ownPart(0)]
  const opening = own[1] === undefined ? 'with ' : 'with recursive '
  return [
    ownPart(0, start),
    { text: opening, from: null },
    ...list,
    { text: ',', from: null },
    ownPart(start + own[0].length),
  ]
}

/** Past white space and comments. */
function skipBlank(sql: string, from: number): number {
  let at = from
  for (;;) {
    const blank = /^\s+/.exec(sql.slice(at))
    if (blank !== null) at += blank[0].length
    else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at)
      if (end === -1) return sql.length
      at = end + 1
    } else if (sql.startsWith('/*', at)) at = endOfComment(sql, at)
    else return at
  }
}

/** Block comments of Postgres nest. */
function endOfComment(sql: string, from: number): number {
  let depth = 0
  for (let at = from; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) {
      depth++
      at++
    } else if (sql.startsWith('*/', at)) {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return sql.length
}
