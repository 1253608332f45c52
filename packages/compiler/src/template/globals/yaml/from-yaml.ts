import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from 'yaml'
import { TemplateError } from '../../template-error.ts'
import { dict, getEntry, setEntry, setOf } from '../../values/collections.ts'
import { float, integer } from '../../values/number.ts'
import type { Dict, Value } from '../../values/value.ts'
import { date } from '../modules/date-value.ts'
import { datetime } from '../modules/datetime-value.ts'
import { checkedClock, checkedDays } from '../modules/iso-format.ts'
import { fixedZone } from '../modules/zone-value.ts'
import { type ScalarTag, scalarTag } from './yaml-scalar.ts'

/** YAML 1.1 as PyYAML's safe loader reads it, dates and merge keys too. Throws `TemplateError`. */
export function parseYaml(text: string): Value {
  // Failsafe keeps every scalar as text, so that the rules about them are ours.
  const document = parseDocument(text, {
    schema: 'failsafe',
    version: '1.1',
    uniqueKeys: false,
    logLevel: 'silent',
  })
  const [error] = document.errors
  if (error !== undefined) {
    const place = error.linePos?.[0]
    throw new TemplateError(
      `not YAML${place === undefined ? '' : ` at line ${place.line}, column ${place.col}`}: ${error.code.toLowerCase().replaceAll('_', ' ')}`,
    )
  }
  const made = new Map<Node, Value>()

  const read = (node: Node | null, depth: number): Value => {
    if (node === null) return null
    if (depth > 100) throw new TemplateError('YAML that is nested too deep', { code: 'TEMPLATE_RECURSION' })
    const known = made.get(node)
    if (known !== undefined) return known
    const value = readNew(node, depth)
    made.set(node, value)
    return value
  }
  const readNew = (node: Node, depth: number): Value => {
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target === undefined) throw new TemplateError(`YAML refers to "${node.source}", which is not there`)
      return read(target, depth + 1)
    }
    if (isSeq(node)) {
      const items: Value[] = []
      made.set(node, items)
      for (const item of node.items) items.push(read(item as Node | null, depth + 1))
      return items
    }
    if (isMap(node)) {
      const result = dict()
      made.set(node, result)
      const merged: Value[] = []
      for (const { key, value } of node.items) {
        const item = read(value as Node | null, depth + 1)
        if (isScalar(key) && tagOf(key) === 'merge') merged.push(...(Array.isArray(item) ? item : [item]))
        else setEntry(result, read(key as Node | null, depth + 1), item)
      }
      return mergeInto(result, merged, node.tag)
    }
    return isScalar(node) ? readScalar(node) : null
  }
  return read(document.contents, 0)
}

function mergeInto(own: Dict, merged: readonly Value[], tag: string | undefined): Value {
  if (tag === 'tag:yaml.org,2002:set') return setOf(Array.from(own.entries.values(), ([key]) => key))
  if (merged.length === 0) return own
  const all = dict()
  for (const other of [...merged].reverse()) {
    if (typeof other !== 'object' || other === null || Array.isArray(other) || other.kind !== 'dict') {
      throw new TemplateError('YAML merges something that is no mapping')
    }
    for (const [key, value] of other.entries.values()) setEntry(all, key, value)
  }
  for (const [key, value] of own.entries.values()) setEntry(all, key, value)
  own.entries.clear()
  for (const [key, value] of all.entries.values())
    if (getEntry(own, key) === undefined) setEntry(own, key, value)
  return own
}

function tagOf(node: Scalar): ScalarTag {
  const given = /^(?:tag:yaml\.org,2002:|!!)(\w+)$/.exec(node.tag ?? '')?.[1]
  if (given !== undefined && given !== 'str') return given as ScalarTag
  if (given === 'str' || node.type !== 'PLAIN') return 'str'
  return scalarTag(String(node.source ?? node.value ?? ''))
}

function readScalar(node: Scalar): Value {
  const text = String(node.value ?? '')
  switch (tagOf(node)) {
    case 'null':
      return null
    case 'bool':
      return /^(?:yes|true|on)$/i.test(text)
    case 'int':
      return readInteger(text)
    case 'float':
      return readFloat(text)
    case 'timestamp':
      return readTimestamp(text)
    default:
      return text
  }
}

function readInteger(text: string): Value {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const sized = digits.includes(':')
    ? digits.split(':').reduce((total, part) => total * 60n + BigInt(part), 0n)
    : /^0[0-7]+$/.test(digits)
      ? BigInt(`0o${digits.slice(1)}`)
      : BigInt(digits)
  return integer(text.startsWith('-') ? -sized : sized)
}

function readFloat(text: string): Value {
  const digits = text.replaceAll('_', '').toLowerCase().replace(/^[-+]/, '')
  const size =
    digits === '.inf'
      ? Number.POSITIVE_INFINITY
      : digits === '.nan'
        ? Number.NaN
        : digits.split(':').reduce((total, part) => total * 60 + Number(part), 0)
  return float(text.startsWith('-') ? -size : size)
}

const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:(Z)|([-+])(\d\d?)(?::(\d\d))?))?)?$/

function readTimestamp(text: string): Value {
  const match = timestamp.exec(text)
  if (match === null) throw new TemplateError('YAML with a timestamp that is none')
  const [, year, month, day, hour, minute, second, fraction = '', utc, sign, hours, minutes = '0'] = match
  const days = checkedDays(Number(year), Number(month), Number(day))
  if (hour === undefined) return date(days)
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const clock = checkedClock(Number(hour), Number(minute), Number(second), micros)
  const size = (Number(hours ?? 0) * 60 + Number(minutes)) * 60
  const offset = sign === undefined ? (utc === undefined ? null : 0) : sign === '-' ? -size : size
  return datetime({ days, clock, tzinfo: offset === null ? null : fixedZone(offset) })
}
