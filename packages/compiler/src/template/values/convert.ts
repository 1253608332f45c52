import type { Json } from '@strata/core'
import { TemplateError } from '../template-error.ts'
import { dict } from './collections.ts'
import { float } from './number.ts'
import { print } from './print.ts'
import type { Value } from './value.ts'

/** The template value of plain data: objects become dicts, numbers with a fraction floats. Copies; keeps no reference. */
export function fromJson(json: Json | bigint): Value {
  switch (typeof json) {
    case 'number':
      return Number.isSafeInteger(json) ? json : float(json)
    case 'string':
    case 'boolean':
    case 'bigint':
      return json
  }
  if (json === null) return null
  if (Array.isArray(json)) return json.map(fromJson)
  return dict(Object.entries(json).map(([key, value]) => [key, fromJson(value as Json)]))
}

/**
 * Plain data of a template value, as `config()` takes it: tuples and sets become arrays, host objects their text,
 * integers beyond 2^53 text. Throws `TemplateError` for undefined values, functions and values that hold themselves.
 */
export function toJson(value: Value, depth = 0): Json {
  if (depth > 100) throw new TemplateError('a value that is nested too deep, or holds itself')
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return value
    case 'bigint':
      return value.toString()
  }
  if (value === null) return null
  const each = (items: Iterable<Value>): Json[] => Array.from(items, (item) => toJson(item, depth + 1))
  if (Array.isArray(value)) return each(value)
  switch (value.kind) {
    case 'float':
      return value.value
    case 'tuple':
      return each(value.items)
    case 'set':
      return each(value.entries.values())
    case 'dict':
      // fromEntries defines own properties: a key `__proto__` stays a key.
      return Object.fromEntries(
        Array.from(value.entries.values(), ([key, item]) => [print(key), toJson(item, depth + 1)]),
      )
    case 'undefined':
      throw value.fault()
    case 'object':
      return print(value)
    default:
      throw new TemplateError(`a ${value.kind} is not data`, { code: 'TEMPLATE_TYPE' })
  }
}
