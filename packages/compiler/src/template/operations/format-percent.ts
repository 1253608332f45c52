import { TemplateError } from '../template-error.ts'
import { getEntry } from '../values/collections.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { isFloat, isInteger } from '../values/number.ts'
import { print, repr } from '../values/print.ts'
import type { Value } from '../values/value.ts'
import { formatNumber, pad } from './format-spec.ts'

const directive = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([\s\S]|$)/g

/** `'%s of %d' % (a, b)`; `right` is a tuple of values, a dict for `%(name)s`, or one value. */
export function formatPercent(format: string, right: Value): string {
  const isTuple =
    typeof right === 'object' && right !== null && !Array.isArray(right) && right.kind === 'tuple'
  const isDict = typeof right === 'object' && right !== null && !Array.isArray(right) && right.kind === 'dict'
  const values = isTuple ? right.items : [right]
  let next = 0
  const take = (): Value => {
    if (next >= values.length)
      throw new TemplateError('not enough values for the placeholders of this format')
    return values[next++]!
  }
  const takeCount = (text: string | undefined): number | null => {
    if (text === undefined) return null
    if (text !== '*') return Number(text)
    const value = take()
    if (!isInteger(value))
      throw new TemplateError('"*" in a format takes an integer', { code: 'TEMPLATE_TYPE' })
    return Number(value)
  }
  const text = format.replace(
    directive,
    (whole, name: string, flags: string, widthText, precisionText, type) => {
      if (type === '%') return '%'
      const width = takeCount(widthText) ?? 0
      const precision = whole.includes('.') ? (takeCount(precisionText) ?? 0) : null
      const value = name === undefined ? take() : isDict ? getEntry(right, name) : undefined
      if (value === undefined) throw new TemplateError(`the format asks for "${name}", which is not there`)
      const left = flags.includes('-')
      const body = formatOne(value, type, flags, precision)
      const zero = flags.includes('0') && !left && !'srca'.includes(type)
      return pad(body, width, zero ? '0' : ' ', left ? '<' : zero ? '=' : '>')
    },
  )
  if (next < values.length && !isDict && !(next === 0 && (Array.isArray(right) || isUndefined(right)))) {
    throw new TemplateError('more values than placeholders in this format', {
      hint: 'A percent sign that is meant as such is written `%%`.',
    })
  }
  return text
}

function formatOne(value: Value, type: string, flags: string, precision: number | null): string {
  const cut = (text: string): string => (precision === null ? text : [...text].slice(0, precision).join(''))
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  switch (type) {
    case 's':
      return cut(print(value))
    case 'r':
    case 'a':
      return cut(repr(value))
    case 'c':
      return isInteger(value) ? String.fromCodePoint(Number(value)) : print(value)
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      if (!isInteger(value) && !isFloat(value)) {
        throw new TemplateError(`"%${type}" takes a number`, { code: 'TEMPLATE_TYPE', hint: 'Take `%s`.' })
      }
      const style = 'iu'.includes(type) ? 'd' : type
      return formatNumber(value, { type: style, precision, sign, alternate: flags.includes('#') })
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return formatNumber(value, { type, precision, sign })
  }
  throw new TemplateError(type === '' ? 'this format ends in a single "%"' : `"%${type}" is no placeholder`, {
    hint: 'A percent sign that is meant as such is written `%%`.',
  })
}
