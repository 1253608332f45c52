import { quoteLiteral, type SqlToken, sqlTokens } from '@strata/core'

/** Words of SQL that stand for the current time, and the type of their values. */
const words = new Map([
  ['current_timestamp', 'timestamptz'],
  ['current_date', 'date'],
  ['current_time', 'timetz'],
  ['localtimestamp', 'timestamp'],
  ['localtime', 'time'],
])

const functions = ['now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp']

/**
 * SQL text with one moment, an ISO time, in the place of each expression that asks the server for the current time. What
 * functions ask inside of them stays, and so does `'now'::timestamp`.
 */
export function stopClock(sql: string, moment: string): string {
  const tokens = sqlTokens(sql)
  const instant = `${quoteLiteral(moment)}::timestamptz`
  let text = ''
  let from = 0
  const replace = (start: number, end: number, by: string) => {
    text += sql.slice(from, start) + by
    from = end
  }
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token.kind !== 'word' || token.start < from || isName(tokens, at)) continue
    const word = token.text.toLowerCase()
    const type = words.get(word)
    if (type !== undefined) {
      const precision = symbolAt(tokens, at + 1, '(') && symbolAt(tokens, at + 3, ')')
      const end = precision ? tokens[at + 3]!.end : token.end
      replace(token.start, end, type === 'timestamptz' ? `(${instant})` : `(${instant}::${type})`)
    } else if (functions.includes(word) && symbolAt(tokens, at + 1, '(') && symbolAt(tokens, at + 2, ')')) {
      const qualified = symbolAt(tokens, at - 1, '.')
      replace(qualified ? tokens[at - 2]!.start : token.start, tokens[at + 2]!.end, `(${instant})`)
    }
  }
  return text + sql.slice(from)
}

/** A column of that name, or an alias. */
function isName(tokens: readonly SqlToken[], at: number): boolean {
  const before = tokens[at - 1]
  if (before?.kind === 'word' && before.text.toLowerCase() === 'as') return true
  if (before?.kind !== 'symbol' || before.text !== '.') return false
  return tokens[at - 2]?.text.toLowerCase() !== 'pg_catalog'
}

function symbolAt(tokens: readonly SqlToken[], at: number, text: string): boolean {
  const token = tokens[at]
  return token?.kind === 'symbol' && token.text === text
}
