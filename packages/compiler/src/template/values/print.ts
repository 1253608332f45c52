import { checkTextLength } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import { floatText } from './number.ts'
import type { Value } from './value.ts'

const maxDepth = 100

/** `str(value)` in Python. Printing an undefined value is a complaint or an error, as the render was told. */
export function print(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return String(value)
  }
  return represent(value, 0, false)
}

/** `repr(value)` in Python: text in quotes. */
export function repr(value: Value): string {
  return represent(value, 0, true)
}

function represent(value: Value, depth: number, quoted: boolean): string {
  if (value === null) return 'None'
  switch (typeof value) {
    case 'string':
      return quoted ? quote(value) : value
    case 'boolean':
      return value ? 'True' : 'False'
    case 'number':
    case 'bigint':
      return value.toString()
  }
  if (depth > maxDepth) {
    throw new TemplateError('a value that is nested too deep to print, or holds itself', {
      code: 'TEMPLATE_RECURSION',
    })
  }
  const each = (items: Iterable<Value>): string => {
    let text = ''
    for (const item of items) {
      text += text === '' ? '' : ', '
      text += represent(item, depth + 1, true)
      checkTextLength(text.length)
    }
    return text
  }
  if (Array.isArray(value)) return `[${each(value)}]`
  switch (value.kind) {
    case 'float':
      return value.digits ?? floatText(value.value)
    case 'tuple':
      return value.items.length === 1 ? `(${each(value.items)},)` : `(${each(value.items)})`
    case 'dict': {
      let text = ''
      for (const [key, item] of value.entries.values()) {
        text += `${text === '' ? '' : ', '}${represent(key, depth + 1, true)}: ${represent(item, depth + 1, true)}`
        checkTextLength(text.length)
      }
      return `{${text}}`
    }
    case 'set':
      return value.entries.size === 0 ? 'set()' : `{${each(value.entries.values())}}`
    case 'undefined':
      if (quoted) return 'Undefined'
      value.use('text')
      return ''
    case 'object':
      if (quoted && value.repr !== null) return value.repr()
      return value.text === null ? `<${value.type}>` : value.text()
    case 'macro':
      return `<Macro '${value.name}'>`
    case 'function':
      return `<function ${value.name}>`
    case 'namespace':
      return '<Namespace>'
    case 'loop':
      return '<LoopContext>'
  }
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = /[^ -~]|\\/.test(text) ? text.replace(unprintable, escapeCharacter) : text
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}

const unprintable = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

function escapeCharacter(character: string): string {
  const short = named[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0)!
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}
