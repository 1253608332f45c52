import type { LiteralType, LiteralValue } from './filter.ts'
import { malformed } from './refusal.ts'

/** A piece of a `$filter`. `at` is its 1-based first character. */
export type Token =
  | {
      readonly kind: 'literal'
      readonly type: LiteralType
      readonly value: LiteralValue
      readonly at: number
    }
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | ',' | ':'; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

/** In this order: a date would pass for a number, a number never for a date. */
const rules: readonly { readonly pattern: RegExp; token(match: RegExpExecArray, at: number): Token }[] = [
  {
    pattern: /'((?:[^']|'')*)'/y,
    token: (match, at) => ({ kind: 'literal', type: 'string', value: match[1]!.replaceAll("''", "'"), at }),
  },
  {
    pattern: /\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(Z|[+-]\d{2}:\d{2})?)?(?![\w.:+-])/y,
    token: temporalLiteral,
  },
  {
    pattern: /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y,
    token: (match, at) => ({ kind: 'literal', type: 'number', value: numberValue(match[0]), at }),
  },
  { pattern: /[A-Za-z_$@][\w$@.-]*(?:\/[A-Za-z_$@][\w$@.-]*)*(')?/y, token: wordToken },
  {
    pattern: /[(),:]/y,
    token: (match, at) => ({ kind: 'mark', text: match[0] as '(' | ')' | ',' | ':', at }),
  },
]

/** Splits a `$filter`. Throws a 400 `Refusal` at what is no OData v4 token. */
export function tokenizeFilter(text: string): readonly Token[] {
  const tokens: Token[] = []
  const spaces = /\s*/y
  for (let position = 0; ; ) {
    spaces.lastIndex = position
    spaces.exec(text)
    position = spaces.lastIndex
    if (position === text.length) return [...tokens, { kind: 'end', at: position + 1 }]

    const found = matchAt(text, position)
    if (found === null) {
      throw malformed(
        `Not understood at character ${position + 1} of $filter: ${text.slice(position, position + 20)}`,
      )
    }
    tokens.push(found.token)
    position = found.end
  }
}

function matchAt(text: string, position: number): { readonly token: Token; readonly end: number } | null {
  for (const { pattern, token } of rules) {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match !== null) return { token: token(match, position + 1), end: position + match[0].length }
  }
  return null
}

function temporalLiteral(match: RegExpExecArray, at: number): Token {
  const [text, clock, offset] = match
  if (clock !== undefined && offset === undefined) {
    throw malformed(`A date and time needs an offset or Z, at character ${at} of $filter: ${text}`)
  }
  // Date.parse takes no more than three digits of a second, and would roll 30 February over to March.
  const time = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  const day = text.slice(0, 10)
  const dayTime = Date.parse(day)
  if (Number.isNaN(time) || Number.isNaN(dayTime) || new Date(dayTime).toISOString().slice(0, 10) !== day) {
    throw malformed(`Not a date, at character ${at} of $filter: ${text}`)
  }
  return clock === undefined
    ? { kind: 'literal', type: 'date', value: text, at }
    : { kind: 'literal', type: 'datetime', value: time, at }
}

function numberValue(text: string): number | bigint {
  const value = Number(text)
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value
}

function wordToken(match: RegExpExecArray, at: number): Token {
  const [text, quote] = match
  if (quote !== undefined) {
    throw malformed(`A type before a quoted literal is not OData v4, at character ${at} of $filter: ${text}`)
  }
  if (text === 'null') return { kind: 'literal', type: 'null', value: null, at }
  if (text === 'true' || text === 'false')
    return { kind: 'literal', type: 'boolean', value: text === 'true', at }
  return { kind: 'word', text, at }
}
