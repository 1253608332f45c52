export interface SqlToken {
  readonly kind: 'word' | 'quoted_name' | 'string' | 'number' | 'symbol'
  /** Offsets in UTF-16 units; `end` is behind it. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The tokens of SQL text as Postgres cuts it, without blanks and comments. What is not closed goes on to the end: the server
 * says what is wrong with it.
 */
export function sqlTokens(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = []
  let at = 0
  while (at < sql.length) {
    const [kind, end] = nextToken(sql, at)
    if (kind !== null) tokens.push({ kind, start: at, end, text: sql.slice(at, end) })
    at = end
  }
  return tokens
}

/** What a token names: as written between quotes, in lower case without; null: it is no name. */
export function tokenName({ kind, text }: SqlToken): string | null {
  if (kind === 'word') return text.toLowerCase()
  return kind === 'quoted_name' && text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : null
}

const blanks = /\s+|--[^\n]*/y
const escapedString = /e'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/iy
const plainString = /(?:[bxn]|u&)?'(?:[^']|'')*(?:'|$)/iy
const quotedName = /(?:u&)?"(?:[^"]|"")*(?:"|$)/iy
const dollarTag = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy
const number = /(?:\d[\w.]*|\.\d\w*)(?:(?<=\de)[+-]\d+)?/iy
const word = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy

function nextToken(sql: string, at: number): readonly [SqlToken['kind'] | null, number] {
  const matched = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.test(sql) ? pattern.lastIndex : -1
  }
  const blank = matched(blanks)
  if (blank > 0) return [null, blank]
  if (sql.startsWith('/*', at)) return [null, endOfComment(sql, at)]
  const quoted = Math.max(matched(escapedString), matched(plainString))
  if (quoted > 0) return ['string', quoted]
  const name = matched(quotedName)
  if (name > 0) return ['quoted_name', name]
  const opened = matched(dollarTag)
  if (opened > 0) {
    const closed = sql.indexOf(sql.slice(at, opened), opened)
    return ['string', closed < 0 ? sql.length : closed + (opened - at)]
  }
  const digits = matched(number)
  if (digits > 0) return ['number', digits]
  const letters = matched(word)
  return letters > 0 ? ['word', letters] : ['symbol', at + 1]
}

/** Comments in these marks contain each other. */
function endOfComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return sql.length
}
