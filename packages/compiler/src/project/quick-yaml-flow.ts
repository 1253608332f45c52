import { plainScalar } from './plain-scalar.ts'
import { giveUp, type Reader } from './quick-yaml-reader.ts'
import { quotedScalar } from './quick-yaml-scalars.ts'

/** A `[…]` or `{…}`; leaves the reader behind the closing bracket. `parent`: indentation of what holds it. */
export function flowCollection(reader: Reader, parent: number): unknown {
  if (++reader.flow > 100) giveUp()
  const value =
    reader.text.charAt(reader.at) === '[' ? flowSequence(reader, parent) : flowMapping(reader, parent)
  reader.flow--
  return value
}

function flowSequence(reader: Reader, parent: number): unknown[] {
  const items: unknown[] = []
  const offsets: number[] = []
  reader.places.set(items, offsets)
  reader.at++
  for (;;) {
    skipBlanks(reader, parent)
    if (reader.text.charCodeAt(reader.at) === 93) break
    offsets.push(reader.at)
    items.push(flowValue(reader, parent))
    if (!more(reader, parent, 93)) break
  }
  reader.at++
  return items
}

function flowMapping(reader: Reader, parent: number): Record<string, unknown> {
  const { text } = reader
  const mapping: Record<string, unknown> = {}
  const offsets: (string | number)[] = []
  reader.places.set(mapping, offsets)
  reader.at++
  for (;;) {
    skipBlanks(reader, parent)
    if (text.charCodeAt(reader.at) === 125) break
    const at = reader.at
    const quoted = text.charCodeAt(at) === 34 || text.charCodeAt(at) === 39
    const key = quoted ? quotedScalar(reader, parent) : plainText(reader)
    if (text.slice(at, reader.at).includes('\n')) giveUp()
    while (text.charCodeAt(reader.at) === 32) reader.at++
    if (text.charCodeAt(reader.at) !== 58) giveUp()
    reader.at++
    if (text.charCodeAt(reader.at) !== 32) giveUp()
    if (Object.hasOwn(mapping, key) || key === '__proto__' || key === '<<') giveUp()
    skipBlanks(reader, parent)
    const code = text.charCodeAt(reader.at)
    if (code === 44 || code === 125) giveUp()
    offsets.push(key, at, reader.at)
    mapping[key] = flowValue(reader, parent)
    if (!more(reader, parent, 125)) break
  }
  reader.at++
  return mapping
}

/** After an entry: true behind a comma, false at the closing bracket. */
function more(reader: Reader, parent: number, close: number): boolean {
  skipBlanks(reader, parent)
  const code = reader.text.charCodeAt(reader.at)
  if (code === close) return false
  if (code !== 44) giveUp()
  reader.at++
  return true
}

function flowValue(reader: Reader, parent: number): unknown {
  const code = reader.text.charCodeAt(reader.at)
  if (code === 91 || code === 123) return flowCollection(reader, parent)
  if (code === 34 || code === 39) {
    const text = quotedScalar(reader, parent)
    skipBlanks(reader, parent)
    return text
  }
  return plainScalar(plainText(reader))
}

const plainFlowStart = /[^\s\-?:,[\]{}#&*!|>'"%@`]/

/** An unquoted scalar on one line of a flow collection. */
function plainText(reader: Reader): string {
  const { text } = reader
  const start = reader.at
  const signed = text.charCodeAt(start) === 45 && /[\w.]/.test(text.charAt(start + 1))
  if (!signed && !plainFlowStart.test(text.charAt(start))) giveUp()
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 44 || code === 93 || code === 125 || code === 10) break
    if (code === 91 || code === 123) giveUp()
    if (code === 58 && /[\s,[\]{}]|^$/.test(text.charAt(at + 1))) break
    if (code === 35 && text.charCodeAt(at - 1) === 32) giveUp()
  }
  reader.at = at
  return text.slice(start, at).trimEnd()
}

/** Spaces, line breaks and comments between the parts of a flow collection. */
function skipBlanks(reader: Reader, parent: number): void {
  const { text } = reader
  for (;;) {
    const code = text.charCodeAt(reader.at)
    if (code === 32) reader.at++
    else if (code === 10) {
      reader.at++
      const start = reader.at
      while (text.charCodeAt(reader.at) === 32) reader.at++
      const indent = reader.at - start
      const next = text.charAt(reader.at)
      const closing = reader.flow === 1 && (next === ']' || next === '}')
      if (
        next !== '\n' &&
        indent <= parent &&
        !(closing && indent === parent && text.charAt(reader.at + 1) !== ',')
      )
        giveUp()
    } else if (code === 35) {
      const before = text.charCodeAt(reader.at - 1)
      if (before !== 32 && before !== 10) giveUp()
      const end = text.indexOf('\n', reader.at)
      if (end === -1) giveUp()
      reader.at = end
    } else return
  }
}
