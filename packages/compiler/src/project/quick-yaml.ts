import { plainScalar } from './plain-scalar.ts'
import { flowCollection } from './quick-yaml-flow.ts'
import { endOfLine, giveUp, type Reader, Unusual } from './quick-yaml-reader.ts'
import { blockScalar, plainLines, quotedScalar } from './quick-yaml-scalars.ts'
import type { YamlPlaces } from './yaml-places.ts'

const deepest = 100

/**
 * Reads the YAML that nearly all project files consist of, some ten times as fast as a whole YAML parser: block and flow
 * collections, plain, quoted and block scalars, comments. Null: there is something else in the text (an anchor, a tag, a
 * tab, a key that stands twice, an error), and `wholeYaml` is to read it. It never answers otherwise than `wholeYaml` would.
 */
export function quickYaml(text: string): { readonly value: unknown; readonly places: YamlPlaces } | null {
  if (/[\t\r\uFEFF\u0085\u2028\u2029]/.test(text)) return null
  const reader: Reader = { text, at: 0, indent: 0, places: new Map(), depth: 0, flow: 0 }
  try {
    if (!nextLine(reader)) return { value: null, places: { root: 0, of: reader.places } }
    if (reader.indent === 0 && text.startsWith('---', reader.at)) {
      reader.at += 3
      endOfLine(reader)
      if (!nextLine(reader)) return { value: null, places: { root: 0, of: reader.places } }
    }
    // A further document, or an end of this one: not even inside of a scalar.
    if (text.startsWith('...', reader.at) || text.includes('\n...') || text.includes('\n---', reader.at))
      return null
    const root = reader.at
    const value = blockNode(reader, -1)
    if (nextLine(reader)) giveUp()
    return { value, places: { root, of: reader.places } }
  } catch (error) {
    if (error instanceof Unusual) return null
    throw error
  }
}

/**
 * Goes to the first character of the next line that holds anything, and notes its indentation. Stays where it is when
 * that has been done. False at the end of the text.
 */
function nextLine(reader: Reader): boolean {
  const { text } = reader
  let at = reader.at
  for (;;) {
    const start = at
    while (text.charCodeAt(at) === 32) at++
    const code = text.charCodeAt(at)
    if (code === 10) at++
    else if (code === 35) {
      at = text.indexOf('\n', at)
      if (at === -1) at = text.length
    } else {
      const lineStart = text.lastIndexOf('\n', start - 1) + 1
      reader.at = at
      reader.indent = at - (start === lineStart || start === 0 ? start : lineStart)
      return at < text.length
    }
  }
}

/** A value that begins its line, which `nextLine` has found. */
function blockNode(reader: Reader, parent: number): unknown {
  const { indent } = reader
  if (isDash(reader)) return blockSequence(reader, indent)
  const key = blockKey(reader)
  return key === null ? scalar(reader, parent) : blockMapping(reader, indent, key)
}

function blockSequence(reader: Reader, indent: number): unknown[] {
  enter(reader)
  const items: unknown[] = []
  const offsets: number[] = []
  reader.places.set(items, offsets)
  do {
    const dash = reader.at
    reader.at++
    skipSpaces(reader)
    if (atEndOfLine(reader)) {
      endOfLine(reader)
      const more = nextLine(reader) && reader.indent > indent
      offsets.push(more ? reader.at : dash)
      items.push(more ? blockNode(reader, indent) : null)
    } else {
      const column = indent + reader.at - dash
      offsets.push(reader.at)
      if (isDash(reader)) items.push(blockSequence(reader, column))
      else {
        const key = blockKey(reader)
        items.push(key === null ? scalar(reader, indent) : blockMapping(reader, column, key))
      }
    }
  } while (nextLine(reader) && reader.indent === indent && isDash(reader))
  leave(reader, indent)
  return items
}

interface Key {
  readonly name: string
  readonly at: number
}

function blockMapping(reader: Reader, indent: number, first: Key): Record<string, unknown> {
  enter(reader)
  const mapping: Record<string, unknown> = {}
  const offsets: (string | number)[] = []
  reader.places.set(mapping, offsets)
  let key: Key | null = first
  for (;;) {
    if (Object.hasOwn(mapping, key.name) || key.name === '__proto__' || key.name === '<<') giveUp()
    const placeOfValue = offsets.length + 2
    offsets.push(key.name, key.at, key.at)
    skipSpaces(reader)
    if (atEndOfLine(reader)) {
      endOfLine(reader)
      let value: unknown = null
      if (nextLine(reader)) {
        const place = reader.at
        if (reader.indent > indent) {
          value = blockNode(reader, indent)
          offsets[placeOfValue] = place
        } else if (reader.indent === indent && isDash(reader)) {
          value = blockSequence(reader, indent)
          offsets[placeOfValue] = place
        }
      }
      mapping[key.name] = value
    } else {
      offsets[placeOfValue] = reader.at
      mapping[key.name] = scalar(reader, indent)
    }
    if (!nextLine(reader) || reader.indent < indent) break
    if (reader.indent > indent || isDash(reader)) giveUp()
    key = blockKey(reader)
    if (key === null) giveUp()
  }
  leave(reader, indent)
  return mapping
}

const plainStart = /[^\s\-?:,[\]{}#&*!|>'"%@`]/

/** The key at this place, and the reader behind its colon; null, and the reader as it was, where no key stands. */
function blockKey(reader: Reader): Key | null {
  const { text, at } = reader
  const code = text.charCodeAt(at)
  let name: string
  let colon: number
  if (code === 34 || code === 39) {
    const close = text.indexOf(text.charAt(at), at + 1)
    const lineEnd = text.indexOf('\n', at)
    if (close === -1 || (lineEnd !== -1 && close > lineEnd)) return null
    colon = close + 1
    while (text.charCodeAt(colon) === 32) colon++
    if (text.charCodeAt(colon) !== 58) return null
    name = text.slice(at + 1, close)
    if (name.includes('\\')) giveUp()
  } else {
    let end = text.indexOf('\n', at)
    if (end === -1) end = text.length
    colon = at - 1
    do {
      colon = text.indexOf(':', colon + 1)
      if (colon === -1 || colon >= end) return null
    } while (colon + 1 < end && text.charCodeAt(colon + 1) !== 32)
    name = text.slice(at, colon)
    // A bracket opens a flow collection, in which the colon stands.
    if (code === 91 || code === 123) return null
    if (!plainStart.test(text.charAt(at)) || name.includes(' #')) giveUp()
    name = name.trimEnd()
  }
  const after = text.charCodeAt(colon + 1)
  if (after !== 32 && after !== 10 && colon + 1 < text.length) giveUp()
  reader.at = colon + 1
  return { name, at }
}

function scalar(reader: Reader, parent: number): unknown {
  const { text, at } = reader
  const code = text.charCodeAt(at)
  if (code === 34 || code === 39) {
    const value = quotedScalar(reader, parent)
    endOfLine(reader)
    return value
  }
  if (code === 91 || code === 123) {
    const value = flowCollection(reader, parent)
    endOfLine(reader)
    return value
  }
  if (code === 124 || code === 62) return blockScalar(reader, parent)
  const signed = code === 45 && /[^\s]/.test(text.charAt(at + 1))
  if (!signed && !plainStart.test(text.charAt(at))) giveUp()
  return plainScalar(plainLines(reader, parent))
}

function isDash(reader: Reader): boolean {
  if (reader.text.charCodeAt(reader.at) !== 45) return false
  const next = reader.text.charCodeAt(reader.at + 1)
  return next === 32 || next === 10 || Number.isNaN(next)
}

function skipSpaces(reader: Reader): void {
  while (reader.text.charCodeAt(reader.at) === 32) reader.at++
}

function atEndOfLine({ text, at }: Reader): boolean {
  const code = text.charCodeAt(at)
  return code === 10 || Number.isNaN(code) || (code === 35 && text.charCodeAt(at - 1) === 32)
}

function enter(reader: Reader): void {
  if (++reader.depth > deepest) giveUp()
}

/** What follows a collection belongs to one further out, or nothing does. */
function leave(reader: Reader, indent: number): void {
  reader.depth--
  if (reader.at < reader.text.length && reader.indent > indent) giveUp()
}
