import { checkTextLength } from '../../limits.ts'
import { TemplateError } from '../../template-error.ts'
import { floatText } from '../../values/number.ts'
import { order } from '../../values/order.ts'
import { print } from '../../values/print.ts'
import { typeName } from '../../values/type-name.ts'
import type { Dict, Value } from '../../values/value.ts'
import { readDate } from '../modules/date-value.ts'
import { readDatetime } from '../modules/datetime-value.ts'
import { scalarStyles, scalarTag } from './yaml-scalar.ts'

const bestWidth = 80

/** A value as PyYAML's `safe_dump` writes it: block style, 80 columns, ASCII. Throws for what is no data. */
export function toYamlText(value: Value, sortKeys: boolean): string {
  let text = ''
  const shared = sharedValues(value)
  const anchors = new Map<object, string>()

  const column = (): number => text.length - text.lastIndexOf('\n') - 1
  const breakLine = (indent: number): void => {
    text += `\n${' '.repeat(indent)}`
  }
  const startLine = (indent: number): void => {
    if (text !== '' && column() > 0) text += '\n'
    text += ' '.repeat(indent)
    checkTextLength(text.length)
  }

  /** True where an alias stands for the value. */
  const writeAnchor = (node: object, collection: boolean): boolean => {
    const known = anchors.get(node)
    if (known !== undefined) {
      text += `*${known}`
      return true
    }
    const name = shared.get(node)
    if (name === undefined) return false
    anchors.set(node, name)
    text += collection ? `&${name}` : `&${name} `
    return false
  }

  const entriesOf = (node: Dict): [Value, Value][] => {
    const entries = [...node.entries.values()]
    return sortKeys ? entries.sort(([a], [b]) => order(a, b)) : entries
  }

  /** `at`: what the place is, which decides where the first item goes. */
  const write = (node: Value, indent: number, at: 'root' | 'item' | 'value' | 'key', depth: number): void => {
    if (depth > 100) {
      throw new TemplateError('a value that is nested too deep for YAML', { code: 'TEMPLATE_RECURSION' })
    }
    const items = itemsOf(node)
    if (items !== null) {
      writeSequence(node as object, items, indent, at, depth)
      return
    }
    if (typeof node === 'object' && node !== null && !Array.isArray(node)) {
      if (node.kind === 'dict') {
        writePairs(node, entriesOf(node), indent, at, depth)
        return
      }
      if (node.kind === 'set') {
        const members = [...node.entries.values()].map((item): [Value, Value] => [item, null])
        text += at === 'value' || at === 'item' || at === 'root' ? '!!set' : ''
        if (members.length === 0) text += ' {}'
        else writePairs(node, members, indent, at === 'item' ? 'value' : at === 'root' ? 'value' : at, depth)
        return
      }
    }
    writeScalar(node, indent, at)
  }

  const writeSequence = (
    node: object,
    items: readonly Value[],
    indent: number,
    at: 'root' | 'item' | 'value' | 'key',
    depth: number,
  ): void => {
    if (writeAnchor(node, items.length > 0)) return
    if (items.length === 0) {
      text += '[]'
      return
    }
    const anchored = anchors.has(node)
    // In a dict the dashes stand below the key, not further in.
    const inner = at === 'value' ? Math.max(0, indent - 2) : indent
    items.forEach((item, index) => {
      if (index > 0 || at === 'value' || anchored) startLine(inner)
      text += '- '
      write(item, inner + 2, 'item', depth + 1)
    })
  }

  const writePairs = (
    node: object,
    entries: readonly (readonly [Value, Value])[],
    indent: number,
    at: 'root' | 'item' | 'value' | 'key',
    depth: number,
  ): void => {
    if (writeAnchor(node, entries.length > 0)) return
    if (entries.length === 0) {
      text += '{}'
      return
    }
    const anchored = anchors.has(node)
    entries.forEach(([key, item], index) => {
      if (index > 0 || at === 'value' || anchored) startLine(indent)
      const before = text.length
      const complex = !isSimpleKey(key)
      if (complex) {
        text += '? '
        write(key, indent + 2, 'item', depth + 1)
        startLine(indent)
      } else writeScalar(key, indent, 'key')
      if (text.length === before) text += "''"
      text += ':'
      const nested = isNested(item)
      if (!nested || shared.has(item as object) || (item as { kind?: string }).kind === 'set') text += ' '
      write(item, indent + 2, complex && nested ? 'value' : 'value', depth + 1)
    })
  }

  const writeScalar = (node: Value, indent: number, at: 'root' | 'item' | 'value' | 'key'): void => {
    const plain = scalarText(node)
    if (plain !== null) {
      text += plain
      if (at === 'root') text += '\n...'
      return
    }
    const content = print(node)
    const styles = scalarStyles(content)
    const key = at === 'key'
    const folded = at === 'root' ? 0 : indent
    if (styles.plain && scalarTag(content) === 'str') {
      writePlain(content, folded, !key)
      if (at === 'root') text += '\n...'
    } else if (styles.single && !(key && styles.multiline)) writeSingle(content, folded, !key)
    else writeDouble(content, folded, !key)
  }

  const writePlain = (content: string, indent: number, split: boolean): void => {
    for (const part of content.match(/ +|[^ ]+/g) ?? []) {
      if (part === ' ' && split && column() > bestWidth) breakLine(indent)
      else text += part
    }
  }

  const writeSingle = (content: string, indent: number, split: boolean): void => {
    text += "'"
    const parts = content.match(/ +|\n+|[^ \n]+/g) ?? []
    parts.forEach((part, index) => {
      if (part.startsWith('\n')) {
        text += `${'\n'.repeat(part.length + 1)}${' '.repeat(indent)}`
      } else if (part === ' ' && split && column() > bestWidth && index > 0 && index < parts.length - 1) {
        breakLine(indent)
      } else text += part.replaceAll("'", "''")
    })
    text += "'"
  }

  const writeDouble = (content: string, indent: number, split: boolean): void => {
    text += '"'
    const characters = [...content]
    let start = 0
    for (let end = 0; end <= characters.length; end++) {
      const one = characters[end]
      if (one === undefined || one === '"' || one === '\\' || one < ' ' || one > '~') {
        text += characters.slice(start, end).join('')
        start = end
        if (one !== undefined) {
          text += escapeCharacter(one)
          start = end + 1
        }
      }
      const mayBreak = end > 0 && end < characters.length - 1 && (one === ' ' || start >= end)
      if (mayBreak && split && column() + end - start > bestWidth) {
        text += `${characters.slice(start, end).join('')}\\`
        if (start < end) start = end
        breakLine(indent)
        if (characters[start] === ' ') text += '\\'
      }
    }
    text += '"'
  }

  write(value, 0, 'root', 0)
  return `${text}\n`
}

const escapes: { readonly [character: string]: string } = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

function escapeCharacter(one: string): string {
  const short = escapes[one]
  if (short !== undefined) return `\\${short}`
  const code = one.codePointAt(0)!
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8]
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(width as number, '0')}`
}

/** What is written as it is; null for text, which may need quotes. */
function scalarText(value: Value): string | null {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
    case 'bigint':
      return value.toString()
    case 'string':
      return null
  }
  if (!Array.isArray(value)) {
    if (value.kind === 'float') {
      const { value: number } = value
      if (Number.isNaN(number)) return '.nan'
      if (!Number.isFinite(number)) return number > 0 ? '.inf' : '-.inf'
      const text = floatText(number)
      return text.includes('.') ? text : text.replace('e', '.0e')
    }
    if (value.kind === 'undefined') throw value.fault()
    if (readDate(value) !== undefined || readDatetime(value) !== undefined) return print(value)
  }
  throw new TemplateError(`${typeName(value)} has no form in YAML`, { code: 'TEMPLATE_TYPE' })
}

function itemsOf(value: Value): readonly Value[] | null {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null && value.kind === 'tuple' ? value.items : null
}

function isNested(value: Value): boolean {
  const items = itemsOf(value)
  if (items !== null) return items.length > 0
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return value.kind === 'dict' ? value.entries.size > 0 : value.kind === 'set'
}

function isSimpleKey(key: Value): boolean {
  if (itemsOf(key) !== null) return false
  const text = scalarText(key) ?? print(key)
  return text !== '' && text.length < 128 && !scalarStyles(text).multiline
}

/** Lists and dicts that occur more than once, with the names of their anchors in the order of their repetition. */
function sharedValues(root: Value): Map<object, string> {
  const seen = new Set<object>()
  const shared = new Map<object, string>()
  const visit = (value: Value): void => {
    if (typeof value !== 'object' || value === null) return
    const items = itemsOf(value)
    if (items === null && (value as { kind: string }).kind !== 'dict') return
    if (items !== null && !Array.isArray(value) && items.length === 0) return
    if (seen.has(value)) {
      if (!shared.has(value)) shared.set(value, `id${String(shared.size + 1).padStart(3, '0')}`)
      return
    }
    seen.add(value)
    if (items !== null) items.forEach(visit)
    else for (const [key, item] of (value as Dict).entries.values()) [key, item].forEach(visit)
  }
  visit(root)
  return shared
}
