import { type SqlToken, sqlTokens, tokenName } from '@strata/core'

/** The common table expressions of a statement. */
export interface FoundCtes {
  /** In their order, as they are called in SQL text. */
  readonly names: readonly string[]
  /** Where the statement behind them begins. */
  readonly bodyStart: number
}

/** Null where a statement does not begin with WITH, or is cut in a way that is not understood. */
export function findCtes(sql: string): FoundCtes | null {
  const tokens = sqlTokens(sql)
  let at = 0
  const word = (text: string): boolean => isWord(tokens[at], text) && ++at > 0
  if (!word('with')) return null
  word('recursive')
  const names: string[] = []
  for (;;) {
    const token = tokens[at++]
    const name = token === undefined ? null : tokenName(token)
    if (name === null) return null
    names.push(name)
    if (isSymbol(tokens[at], '(')) at = behindParenthesis(tokens, at)
    if (!word('as')) return null
    word('not')
    word('materialized')
    if (!isSymbol(tokens[at], '(')) return null
    at = behindParenthesis(tokens, at)
    // SEARCH and CYCLE stand behind a recursive one.
    if (isWord(tokens[at], 'search') || isWord(tokens[at], 'cycle')) {
      while (at < tokens.length && !isSymbol(tokens[at], ',') && !beginsStatement(tokens[at])) at++
    }
    const next = tokens[at]
    if (next === undefined) return null
    if (!isSymbol(next, ',')) return { names, bodyStart: next.start }
    at++
  }
}

/** The SELECT of one of the common table expressions of a statement; null where it has none of that name. */
export function selectOfCte(sql: string, name: string): string | null {
  const found = findCtes(sql)
  const known =
    found?.names.find((one) => one === name) ?? found?.names.find((one) => one === name.toLowerCase())
  if (found === null || known === undefined) return null
  return `${sql.slice(0, found.bodyStart)}select * from "${known.replaceAll('"', '""')}"`
}

function behindParenthesis(tokens: readonly SqlToken[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    if (isSymbol(tokens[at], '(')) depth++
    else if (isSymbol(tokens[at], ')') && --depth === 0) return at + 1
  }
  return tokens.length
}

function beginsStatement(token: SqlToken | undefined): boolean {
  return ['select', 'values', 'table', 'insert', 'update', 'delete', 'merge'].some((one) =>
    isWord(token, one),
  )
}

function isWord(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === text
}

function isSymbol(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text
}
