/** The SQL of an ephemeral model, as a common table expression. */
export interface CteSource {
  readonly name: string
  readonly sql: string
}

/** Puts common table expressions before a statement: into its own WITH where it begins with one. */
export function injectCtes(sql: string, ctes: readonly CteSource[]): string {
  if (ctes.length === 0) return sql
  const list = ctes.map(({ name, sql: body }) => `${name} as (\n${body}\n)`).join(',\n')
  const start = skipBlank(sql, 0)
  const own = /^with(\s+recursive)?\b/i.exec(sql.slice(start))
  if (own === null) return `with ${list}\n${sql}`
  const recursive = own[1] === undefined ? '' : ' recursive'
  return `${sql.slice(0, start)}with${recursive} ${list},${sql.slice(start + own[0].length)}`
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
