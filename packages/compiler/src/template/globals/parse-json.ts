import { TemplateError } from '../template-error.ts'
import { dict } from '../values/collections.ts'
import { float, integer } from '../values/number.ts'
import type { Value } from '../values/value.ts'

const token =
  /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d+(\.\d+)?([eE][+-]?\d+)?)|(true|false|null|NaN|-?Infinity))/y

const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', float(Number.NaN)],
  ['Infinity', float(Number.POSITIVE_INFINITY)],
  ['-Infinity', float(Number.NEGATIVE_INFINITY)],
])

/** JSON text as a value; ints keep every digit and `1.0` stays a float. Throws `TemplateError`. */
export function parseJson(text: string): Value {
  let at = 0
  const fail = (): never => {
    throw new TemplateError(`not JSON: stopped at character ${at + 1}`)
  }
  const next = (): RegExpExecArray => {
    token.lastIndex = at
    const match = token.exec(text) ?? fail()
    at = token.lastIndex
    return match
  }
  const parse = (match: RegExpExecArray, depth: number): Value => {
    const [, mark, string, number, fraction, exponent, word] = match
    if (depth > 100) fail()
    if (string !== undefined) return parseString(string)
    if (number !== undefined) {
      if (fraction !== undefined || exponent !== undefined) return float(Number(number))
      return number.length > 4300 ? fail() : integer(BigInt(number))
    }
    if (word !== undefined) return words.get(word)!
    if (mark === '[') return parseList(depth)
    if (mark === '{') return parseDict(depth)
    return fail()
  }
  const parseString = (literal: string): string => {
    try {
      return JSON.parse(literal)
    } catch {
      return fail()
    }
  }
  const parseList = (depth: number): Value => {
    const items: Value[] = []
    let match = next()
    if (match[1] === ']') return items
    for (;;) {
      items.push(parse(match, depth + 1))
      const [, mark] = next()
      if (mark === ']') return items
      if (mark !== ',') fail()
      match = next()
    }
  }
  const parseDict = (depth: number): Value => {
    const pairs: [Value, Value][] = []
    let match = next()
    if (match[1] === '}') return dict(pairs)
    for (;;) {
      const key = match[2] === undefined ? fail() : parseString(match[2])
      if (next()[1] !== ':') fail()
      pairs.push([key, parse(next(), depth + 1)])
      const [, mark] = next()
      if (mark === '}') return dict(pairs)
      if (mark !== ',') fail()
      match = next()
    }
  }
  const value = parse(next(), 0)
  if (text.slice(at).trim() !== '') fail()
  return value
}
