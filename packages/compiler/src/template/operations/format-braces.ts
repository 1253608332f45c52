import { checkTextLength } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import { isFloat, isInteger } from '../values/number.ts'
import { print, repr } from '../values/print.ts'
import { typeName } from '../values/type-name.ts'
import type { Arguments, Value } from '../values/value.ts'
import { formatNumber, pad } from './format-spec.ts'

type Access = (target: Value, key: Value, form: 'attribute' | 'item') => Value

/** `'{} of {name}'.format(a, name=b)`; `access` reads `{0.name}` and `{0[key]}` by the rules of templates. */
export function formatBraces(format: string, args: Arguments, access: Access): string {
  let automatic = 0
  const field = (body: string, depth: number): string => {
    const colon = endOfName(body)
    const [path, conversion] = body.slice(0, colon).split('!') as [string, string | undefined]
    const value = resolve(path, args, access, () => automatic++)
    const spec = body[colon] === ':' ? expand(body.slice(colon + 1), depth + 1) : ''
    if (conversion === 'r' || conversion === 'a') return formatValue(repr(value), spec)
    return formatValue(conversion === 's' ? print(value) : value, spec)
  }
  const expand = (text: string, depth: number): string => {
    if (depth > 2) throw new TemplateError('braces are nested too deep in this format')
    let output = ''
    for (let at = 0; at < text.length; at++) {
      const character = text[at]!
      if ((character === '{' || character === '}') && text[at + 1] === character && depth === 0) {
        output += character
        at++
      } else if (character === '{') {
        const end = matching(text, at)
        output += field(text.slice(at + 1, end), depth)
        at = end
      } else if (character === '}') throw new TemplateError('single "}" in a format', { hint: 'Write `}}`.' })
      else output += character
      checkTextLength(output.length)
    }
    return output
  }
  return expand(format, 0)
}

function matching(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  throw new TemplateError('single "{" in a format', { hint: 'Write `{{` for a brace that is meant as such.' })
}

function endOfName(body: string): number {
  const bracket = body.indexOf('[')
  const from = bracket === -1 ? 0 : body.indexOf(']', bracket)
  const colon = body.indexOf(':', Math.max(from, 0))
  return colon === -1 ? body.length : colon
}

function resolve(path: string, args: Arguments, access: Access, nextIndex: () => number): Value {
  const [, first, rest] = /^([^.[]*)([\s\S]*)$/.exec(path)!
  let value: Value | undefined
  if (first === '') value = args.positional[nextIndex()]
  else if (/^\d+$/.test(first!)) value = args.positional[Number(first)]
  else value = args.keyword.get(first!)
  if (value === undefined) {
    throw new TemplateError(
      first === '' || /^\d+$/.test(first!)
        ? 'not enough values for the placeholders of this format'
        : `the format asks for "${first}", which is not among the arguments`,
    )
  }
  for (const [, attribute, item] of rest!.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    if (attribute !== undefined) value = access(value, attribute, 'attribute')
    else value = access(value, /^\d+$/.test(item!) ? Number(item) : item!, 'item')
  }
  return value
}

const specPattern = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u

function formatValue(value: Value, spec: string): string {
  if (spec === '') return print(value)
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object') {
    if (value.format !== null) return value.format(spec)
  }
  const parts = specPattern.exec(spec)
  if (parts === null) throw new TemplateError(`"${spec}" is no format specification`)
  const [, fill, align, sign, alternate, zero, width, separator, precisionText, type = ''] = parts
  const precision = precisionText === undefined ? null : Number(precisionText)
  const numeric = typeof value !== 'boolean' && (isInteger(value) || isFloat(value))
  let text: string
  if (numeric && type !== 's') {
    const style = {
      precision,
      sign: sign === '-' ? '' : (sign ?? ''),
      alternate: alternate !== undefined,
      separator: separator ?? '',
    }
    if (type === 'c') text = String.fromCodePoint(Number(value))
    else if (type === '' && isFloat(value) && precision === null) text = print(value)
    else if (type === 'n') text = formatNumber(value, { ...style, type: isFloat(value) ? 'g' : 'd' })
    else if (type === '') text = formatNumber(value, { ...style, type: isFloat(value) ? 'g' : 'd' })
    else {
      if (isFloat(value) && 'dxXob'.includes(type)) {
        throw new TemplateError(`format code "${type}" does not take a float`, { code: 'TEMPLATE_TYPE' })
      }
      text = formatNumber(value, { ...style, type })
    }
  } else {
    if (type !== '' && type !== 's') {
      throw new TemplateError(`format code "${type}" does not take ${typeName(value)}`, {
        code: 'TEMPLATE_TYPE',
      })
    }
    text = print(value)
    if (precision !== null) text = [...text].slice(0, precision).join('')
  }
  const byZero = zero !== undefined && align === undefined
  const by = align ?? (numeric ? (byZero ? '=' : '>') : '<')
  return pad(text, Number(width ?? 0), fill ?? (byZero ? '0' : ' '), by)
}
