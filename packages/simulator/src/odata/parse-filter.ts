import { type ComparisonOperator, comparisonOperators, type Filter } from './filter.ts'
import { malformed, unsupported } from './refusal.ts'
import { type Token, tokenizeFilter } from './tokenize-filter.ts'

const MAX_DEPTH = 100
const foreignOperators = new Set(['add', 'sub', 'mul', 'div', 'divby', 'mod', 'in', 'has'])

/**
 * Reads a `$filter`: comparisons, `and`, `or`, `not`, parentheses. Throws a `Refusal`: 400 for what is malformed, 501
 * for the rest of the language (functions, arithmetic, `in`, `has`, `any`, `all`).
 */
export function parseFilter(text: string): Filter {
  const tokens = tokenizeFilter(text)
  let next = 0
  let depth = 0
  const peek = (): Token => tokens[next]!
  const isWord = (...words: readonly string[]): boolean => {
    const token = peek()
    return token.kind === 'word' && words.includes(token.text)
  }
  const isMark = (text: string): boolean => {
    const token = peek()
    return token.kind === 'mark' && token.text === text
  }

  const either = (): Filter => logical('or', both)
  const both = (): Filter => logical('and', comparison)

  const logical = (operator: 'and' | 'or', operand: () => Filter): Filter => {
    let left = operand()
    while (isWord(operator)) {
      const { at } = tokens[next++]!
      left = { kind: 'logical', operator, left, right: operand(), at }
    }
    return left
  }

  const comparison = (): Filter => {
    const left = unary()
    if (!isWord(...comparisonOperators)) return left
    const token = tokens[next++] as Extract<Token, { kind: 'word' }>
    return {
      kind: 'comparison',
      operator: token.text as ComparisonOperator,
      left,
      right: unary(),
      at: token.at,
    }
  }

  const unary = (): Filter => {
    if (!isWord('not')) return primary()
    const { at } = tokens[next++]!
    return deeper(at, () => ({ kind: 'not', operand: unary(), at }))
  }

  const primary = (): Filter => {
    const token = tokens[next++]!
    if (token.kind === 'literal') return token
    if (token.kind === 'word') {
      if (isMark('('))
        throw unsupported(`Functions are not supported: ${token.text}, at character ${token.at} of $filter.`)
      return { kind: 'path', path: token.text.split('/'), at: token.at }
    }
    if (token.kind === 'mark' && token.text === '(') {
      return deeper(token.at, () => {
        const inner = either()
        if (isMark(',')) throw unsupported(`Lists are not supported, at character ${peek().at} of $filter.`)
        if (!isMark(')')) throw unexpected(peek())
        next += 1
        return inner
      })
    }
    next -= 1
    throw unexpected(token)
  }

  const deeper = (at: number, work: () => Filter): Filter => {
    depth += 1
    if (depth > MAX_DEPTH) throw malformed(`$filter is nested too deeply at character ${at}.`)
    const filter = work()
    depth -= 1
    return filter
  }

  const filter = either()
  if (peek().kind !== 'end') throw unexpected(peek())
  return filter
}

function unexpected(token: Token): Error {
  if (token.kind === 'end') return malformed(`$filter ends too early, at character ${token.at}.`)
  if (token.kind === 'word' && foreignOperators.has(token.text)) {
    return unsupported(`The operator ${token.text} is not supported, at character ${token.at} of $filter.`)
  }
  const text = token.kind === 'literal' ? String(token.value) : token.text
  return malformed(`Unexpected ${text} at character ${token.at} of $filter.`)
}
