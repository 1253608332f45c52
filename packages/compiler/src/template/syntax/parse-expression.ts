import { parseCallArguments } from './parse-arguments.ts'
import { parsePrimary } from './parse-primary.ts'
import type {
  BinaryOperator,
  CompareExpression,
  CompareOperator,
  Expression,
  FilterExpression,
} from './template.ts'
import {
  advance,
  complain,
  current,
  enter,
  expectName,
  expectOperator,
  isName,
  isOperator,
  nested,
  peek,
  skipName,
  skipOperator,
  type TokenStream,
  unexpected,
} from './token-stream.ts'

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>='])

/** The grammar of Jinja's expressions, loosest operator first. */
export function parseExpression(stream: TokenStream): Expression {
  if (isWhole(stream)) return parsePrimary(stream, parseExpression, parseTuple)
  enter(stream)
  const expression = parseConditional(stream)
  stream.nesting--
  return expression
}

/** A name or literal with nothing behind it needs no walk through all the operators. */
function isWhole(stream: TokenStream): boolean {
  const { kind, text } = current(stream)
  if (kind !== 'constant' && (kind !== 'name' || text === 'not')) return false
  const next = peek(stream)
  if (next.kind === 'operator') return endings.has(next.text)
  return next.kind === 'close_output' || next.kind === 'close_tag'
}

const endings = new Set([',', ')', ']', '}', ':'])

/** An expression without `x if y`: where `if` already means something else. */
export function parseWithoutConditional(stream: TokenStream): Expression {
  return nested(stream, () => parseOr(stream))
}

/** One expression, or a tuple when commas follow. `endsAt` names words that end it, as `recursive` does. */
export function parseTuple(
  stream: TokenStream,
  options: { conditional?: boolean; endsAt?: string; parenthesized?: boolean } = {},
): Expression {
  const { at } = current(stream)
  const parse = options.conditional === false ? parseWithoutConditional : parseExpression
  const items: Expression[] = []
  let isTuple = false
  for (;;) {
    if (atTupleEnd(stream, options.endsAt)) break
    items.push(parse(stream))
    if (!skipOperator(stream, ',')) break
    isTuple = true
  }
  if (!isTuple) {
    if (items.length > 0) return items[0]!
    if (options.parenthesized !== true) unexpected(stream, 'an expression')
  }
  return { kind: 'tuple', items, at, end: previousEnd(stream) }
}

function atTupleEnd(stream: TokenStream, word: string | undefined): boolean {
  const token = current(stream)
  if (token.kind === 'close_output' || token.kind === 'close_tag') return true
  return isOperator(stream, ')') || (word !== undefined && isName(stream, word))
}

function parseConditional(stream: TokenStream): Expression {
  let expression = parseOr(stream)
  while (skipName(stream, 'if')) {
    const test = parseOr(stream)
    const otherwise = skipName(stream, 'else') ? parseExpression(stream) : null
    const end = previousEnd(stream)
    expression = { kind: 'conditional', test, whenTrue: expression, otherwise, at: expression.at, end }
  }
  return expression
}

function parseOr(stream: TokenStream): Expression {
  let left = parseAnd(stream)
  while (skipName(stream, 'or')) {
    const right = parseAnd(stream)
    left = { kind: 'or', left, right, at: left.at, end: right.end }
  }
  return left
}

function parseAnd(stream: TokenStream): Expression {
  let left = parseNot(stream)
  while (skipName(stream, 'and')) {
    const right = parseNot(stream)
    left = { kind: 'and', left, right, at: left.at, end: right.end }
  }
  return left
}

function parseNot(stream: TokenStream): Expression {
  if (!isName(stream, 'not')) return parseCompare(stream)
  const { at } = advance(stream)
  const operand = nested(stream, () => parseNot(stream))
  return { kind: 'unary', operator: 'not', operand, at, end: operand.end }
}

function parseCompare(stream: TokenStream): Expression {
  const first = parseSum(stream)
  let rest: CompareExpression['rest'][number][] | null = null
  for (;;) {
    const token = current(stream)
    let operator: CompareOperator
    if (token.kind === 'operator' && comparisons.has(token.text)) operator = token.text as CompareOperator
    else if (isName(stream, 'in')) operator = 'in'
    else if (isName(stream, 'not') && peek(stream).kind === 'name' && peek(stream).text === 'in') {
      advance(stream)
      operator = 'not in'
    } else break
    advance(stream)
    rest ??= []
    rest.push({ operator, operatorAt: token.at, operand: parseSum(stream) })
  }
  if (rest === null) return first
  return { kind: 'compare', first, rest, at: first.at, end: previousEnd(stream) }
}

function parseSum(stream: TokenStream): Expression {
  let left = parseConcat(stream)
  while (isOperator(stream, '+') || isOperator(stream, '-')) {
    const token = advance(stream)
    left = binary(token.text as BinaryOperator, token.at, left, parseConcat(stream))
  }
  return left
}

function parseConcat(stream: TokenStream): Expression {
  const first = parseProduct(stream)
  if (!isOperator(stream, '~')) return first
  const parts = [first]
  while (skipOperator(stream, '~')) parts.push(parseProduct(stream))
  return { kind: 'concat', parts, at: first.at, end: previousEnd(stream) }
}

function parseProduct(stream: TokenStream): Expression {
  let left = parsePower(stream)
  for (;;) {
    const token = current(stream)
    if (token.kind !== 'operator') return left
    if (token.text !== '*' && token.text !== '/' && token.text !== '//' && token.text !== '%') return left
    advance(stream)
    left = binary(token.text, token.at, left, parsePower(stream))
  }
}

/** Unlike Python's, Jinja's power associates to the left. */
function parsePower(stream: TokenStream): Expression {
  let left = parseUnary(stream, true)
  while (isOperator(stream, '**')) {
    const token = advance(stream)
    left = binary('**', token.at, left, parseUnary(stream, true))
  }
  return left
}

function binary(
  operator: BinaryOperator,
  operatorAt: number,
  left: Expression,
  right: Expression,
): Expression {
  return { kind: 'binary', operator, operatorAt, left, right, at: left.at, end: right.end }
}

function parseUnary(stream: TokenStream, withFilters: boolean): Expression {
  let expression: Expression
  if (isOperator(stream, '-') || isOperator(stream, '+')) {
    const token = advance(stream)
    const operand = nested(stream, () => parseUnary(stream, false))
    expression = { kind: 'unary', operator: token.text as '-' | '+', operand, at: token.at, end: operand.end }
  } else expression = parsePrimary(stream, parseExpression, parseTuple)
  expression = parsePostfix(stream, expression)
  return withFilters ? parseFiltersAndTests(stream, expression) : expression
}

/** Attributes, subscripts and calls. */
function parsePostfix(stream: TokenStream, start: Expression): Expression {
  let expression = start
  for (;;) {
    const token = current(stream)
    if (token.kind !== 'operator') return expression
    if (token.text === '.') expression = parseAttribute(stream, expression)
    else if (token.text === '[') expression = parseSubscript(stream, expression)
    else if (token.text === '(') expression = parseCall(stream, expression)
    else return expression
  }
}

function parseCall(stream: TokenStream, callee: Expression): Expression {
  const args = parseCallArguments(stream, parseExpression)
  return { kind: 'call', callee, arguments: args, at: callee.at, end: previousEnd(stream) }
}

function parseAttribute(stream: TokenStream, target: Expression): Expression {
  advance(stream)
  const token = current(stream)
  if (token.kind === 'constant' && typeof token.value === 'number') {
    advance(stream)
    const index: Expression = { kind: 'constant', value: token.value, at: token.at, end: token.end }
    return { kind: 'subscript', target, index, at: target.at, end: token.end }
  }
  const name = expectName(stream, 'a name after "."')
  return { kind: 'attribute', target, name: name.text, nameAt: name.at, at: target.at, end: name.end }
}

function parseSubscript(stream: TokenStream, target: Expression): Expression {
  advance(stream)
  const first = isOperator(stream, ':') ? null : parseExpression(stream)
  if (!isOperator(stream, ':')) {
    const items = [first!]
    while (skipOperator(stream, ',')) items.push(parseExpression(stream))
    const { end } = expectOperator(stream, ']')
    const index: Expression = items.length === 1 ? items[0]! : { kind: 'tuple', items, at: first!.at, end }
    return { kind: 'subscript', target, index, at: target.at, end }
  }
  advance(stream)
  const part = (): Expression | null =>
    isOperator(stream, ':') || isOperator(stream, ']') ? null : parseExpression(stream)
  const stop = part()
  const step = skipOperator(stream, ':') ? part() : null
  const { end } = expectOperator(stream, ']')
  return { kind: 'slice', target, start: first, stop, step, at: target.at, end }
}

function parseFiltersAndTests(stream: TokenStream, start: Expression): Expression {
  let expression = start
  for (;;) {
    if (isOperator(stream, '|')) expression = parseFilter(stream, expression)
    else if (isName(stream, 'is')) expression = parseTest(stream, expression)
    else if (isOperator(stream, '(')) expression = parseCall(stream, expression)
    else return expression
  }
}

/** `| name(args)`; in a filter block the first filter stands without its bar. */
export function parseFilter(stream: TokenStream, target: Expression | null, bare = false): FilterExpression {
  const { at } = current(stream)
  if (!bare) advance(stream)
  const name = expectName(stream, 'the name of a filter')
  const args = isOperator(stream, '(') ? parseCallArguments(stream, parseExpression) : noArguments
  const end = previousEnd(stream)
  const start = target?.at ?? at
  return { kind: 'filter', target, name: name.text, nameAt: name.at, arguments: args, at: start, end }
}

const noArguments = { positional: [], keyword: [], spread: null, spreadKeyword: null } as const

function parseTest(stream: TokenStream, target: Expression): Expression {
  advance(stream)
  const negated = skipName(stream, 'not')
  const name = expectName(stream, 'the name of a test')
  let args: TestArguments = noArguments
  if (isOperator(stream, '(')) args = parseCallArguments(stream, parseExpression)
  else if (startsTestArgument(stream)) {
    if (isName(stream, 'is')) {
      complain(stream, current(stream), {
        code: 'TEMPLATE_SYNTAX',
        message: 'tests cannot be chained with "is"',
        hint: 'Join them with "and": `x is a and x is b`.',
      })
    }
    const argument = parsePostfix(stream, parsePrimary(stream, parseExpression, parseTuple))
    args = { ...noArguments, positional: [argument] }
  }
  const end = previousEnd(stream)
  return {
    kind: 'test',
    target,
    name: name.text,
    nameAt: name.at,
    arguments: args,
    negated,
    at: target.at,
    end,
  }
}

type TestArguments = ReturnType<typeof parseCallArguments>

function startsTestArgument(stream: TokenStream): boolean {
  const token = current(stream)
  if (token.kind === 'constant') return true
  if (token.kind === 'operator') return token.text === '[' || token.text === '{'
  if (token.kind !== 'name') return false
  // `if` and `in` cannot begin an argument; Jinja would read them as names and fail later with less to say.
  return !['else', 'or', 'and', 'if', 'in', 'not'].includes(token.text)
}

export function previousEnd(stream: TokenStream): number {
  return stream.tokens[stream.index - 1]?.end ?? 0
}
