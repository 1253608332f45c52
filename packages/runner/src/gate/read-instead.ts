import { quoteRelation, type RelationName, type SqlToken, sqlTokens, tokenName } from '@strata/core'

/**
 * SQL that reads another relation in the place of one that it names with its schema, with or without the name of the
 * database before it. Names in strings and comments stay.
 */
export function readInstead(sql: string, relation: RelationName, standIn: RelationName): string {
  const tokens = sqlTokens(sql)
  let read = ''
  let at = 0
  for (let index = 2; index < tokens.length; index++) {
    const start = startOfName(tokens, index, relation)
    if (start === null) continue
    read += sql.slice(at, start) + quoteRelation(standIn)
    at = tokens[index]!.end
  }
  return read + sql.slice(at)
}

/**
 * Whether SQL may name the relation in a way that cannot be told: without its schema, or in escapes. Read instead of it
 * nothing could be.
 */
export function mayNameBare(sql: string, relation: RelationName): boolean {
  const tokens = sqlTokens(sql)
  return tokens.some(
    (token, index) =>
      /^u&"/i.test(token.text) ||
      (tokenName(token) === relation.name &&
        tokens[index - 1]?.text !== '.' &&
        /^(from|join|,|only|table)$/i.test(tokens[index - 1]?.text ?? '')),
  )
}

/** Where the qualified name begins whose last part is the token; null: it is not the relation's. */
function startOfName(tokens: readonly SqlToken[], last: number, relation: RelationName): number | null {
  const part = (back: number) => tokens[last - back]
  const isDot = (back: number) => part(back)?.text === '.'
  const names = (back: number, name: string) => part(back) !== undefined && tokenName(part(back)!) === name
  if (!names(0, relation.name) || !isDot(1) || !names(2, relation.schema)) return null
  if (!isDot(3)) return part(2)!.start
  const hasDatabase = part(4) !== undefined && tokenName(part(4)!) !== null && !isDot(5)
  return hasDatabase ? part(4)!.start : null
}
