import { checkTextLength } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import { isFloat } from '../values/number.ts'
import { order } from '../values/order.ts'
import { print } from '../values/print.ts'
import { typeName } from '../values/type-name.ts'
import type { Value } from '../values/value.ts'

export interface JsonTextOptions {
  readonly sortKeys: boolean
  readonly indent: number | null
}

/** JSON as Python's `json.dumps` writes it: a space after commas and colons, ASCII only. */
export function toJsonText(value: Value, options: JsonTextOptions): string {
  return write(value, options, 0)
}

function write(value: Value, options: JsonTextOptions, depth: number): string {
  if (depth > 100) {
    throw new TemplateError('a value that is nested too deep for JSON, or holds itself', {
      code: 'TEMPLATE_RECURSION',
    })
  }
  if (value === null) return 'null'
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'boolean':
    case 'number':
    case 'bigint':
      return value.toString()
  }
  if (Array.isArray(value))
    return bracket(
      '[',
      ']',
      value.map((item) => write(item, options, depth + 1)),
      options,
      depth,
    )
  switch (value.kind) {
    case 'float':
      return Number.isFinite(value.value)
        ? print(value)
        : Number.isNaN(value.value)
          ? 'NaN'
          : value.value > 0
            ? 'Infinity'
            : '-Infinity'
    case 'tuple':
      return bracket(
        '[',
        ']',
        value.items.map((item) => write(item, options, depth + 1)),
        options,
        depth,
      )
    case 'dict': {
      const entries = [...value.entries.values()]
      if (options.sortKeys) entries.sort((a, b) => order(a[0], b[0]))
      const members = entries.map(
        ([key, item]) => `${quoted(keyText(key))}: ${write(item, options, depth + 1)}`,
      )
      return bracket('{', '}', members, options, depth)
    }
    case 'undefined':
      throw value.fault()
    default:
      throw new TemplateError(`${typeName(value)} has no form in JSON`, { code: 'TEMPLATE_TYPE' })
  }
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key
  if (key === null) return 'null'
  if (typeof key === 'boolean') return key ? 'true' : 'false'
  if (typeof key === 'number' || typeof key === 'bigint' || isFloat(key)) return print(key)
  throw new TemplateError(`${typeName(key)} cannot be a key in JSON`, { code: 'TEMPLATE_TYPE' })
}

function bracket(
  open: string,
  close: string,
  parts: string[],
  options: JsonTextOptions,
  depth: number,
): string {
  if (parts.length === 0) return open + close
  let text: string
  if (options.indent === null) text = open + parts.join(', ') + close
  else {
    const width = Math.min(100, Math.max(0, options.indent))
    const inner = `\n${' '.repeat(width * (depth + 1))}`
    text = `${open}${inner}${parts.join(`,${inner}`)}\n${' '.repeat(width * depth)}${close}`
  }
  checkTextLength(text.length)
  return text
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
