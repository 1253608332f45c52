import type { Expression } from './template.ts'
import {
  advance,
  current,
  expectOperator,
  isOperator,
  skipOperator,
  type TokenStream,
  unexpected,
} from './token-stream.ts'

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])
const special = new Set(['varargs', 'kwargs', 'caller'])

type Parse = (stream: TokenStream) => Expression
type ParseTuple = (stream: TokenStream, options: { parenthesized: boolean }) => Expression

/** A name, a literal, or an expression in brackets. */
export function parsePrimary(stream: TokenStream, parse: Parse, parseTuple: ParseTuple): Expression {
  const token = current(stream)
  const { at, end } = token
  if (token.kind === 'name') {
    advance(stream)
    const constant = constants.get(token.text)
    if (constant !== undefined) return { kind: 'constant', value: constant, at, end }
    if (special.has(token.text)) for (const names of stream.macros) names.add(token.text)
    return { kind: 'name', name: token.text, at, end }
  }
  if (token.kind === 'constant') {
    advance(stream)
    if (typeof token.value !== 'string') return { kind: 'constant', value: token.value!, at, end }
    return parseAdjacentStrings(stream, token.value, at, end)
  }
  if (isOperator(stream, '(')) {
    advance(stream)
    const inner = parseTuple(stream, { parenthesized: true })
    expectOperator(stream, ')')
    return inner
  }
  if (isOperator(stream, '[')) return parseList(stream, parse)
  if (isOperator(stream, '{')) return parseDict(stream, parse)
  return unexpected(stream, 'an expression')
}

function parseAdjacentStrings(stream: TokenStream, first: string, at: number, firstEnd: number): Expression {
  let value = first
  let end = firstEnd
  for (;;) {
    const next = current(stream)
    if (next.kind !== 'constant' || typeof next.value !== 'string') break
    value += next.value
    end = next.end
    advance(stream)
  }
  return { kind: 'constant', value, at, end }
}

function parseList(stream: TokenStream, parse: Parse): Expression {
  const { at } = advance(stream)
  const items: Expression[] = []
  while (!isOperator(stream, ']')) {
    items.push(parse(stream))
    if (!skipOperator(stream, ',')) break
  }
  const { end } = expectOperator(stream, ']')
  return { kind: 'list', items, at, end }
}

function parseDict(stream: TokenStream, parse: Parse): Expression {
  const { at } = advance(stream)
  const pairs: { key: Expression; value: Expression }[] = []
  while (!isOperator(stream, '}')) {
    const key = parse(stream)
    expectOperator(stream, ':')
    pairs.push({ key, value: parse(stream) })
    if (!skipOperator(stream, ',')) break
  }
  const { end } = expectOperator(stream, '}')
  return { kind: 'dict', pairs, at, end }
}
