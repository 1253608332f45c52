import type { Diagnostic, Location } from '@strata/core'
import { codePointColumn } from './code-point-column.ts'
import type { SourceText } from './project-file.ts'
import { readYaml } from './read-yaml.ts'
import { findPlace, type YamlPath, type YamlPlaces } from './yaml-places.ts'

export type { YamlPath } from './yaml-places.ts'

/** A parsed YAML file that knows where each of its values stands. */
export interface YamlDocument {
  readonly file: string
  readonly value: unknown
  /** Where the value at `path` begins, or the nearest parent of it that exists; `line`: that line, from 1, of a block of text. */
  locate(path: YamlPath, line?: number): Location
  /** Where the key at the end of `path` stands. */
  locateKey(path: YamlPath): Location
}

/** Parses one YAML file. On a syntax error `document` is null and the diagnostics say where. */
export function parseYaml(source: SourceText): {
  readonly document: YamlDocument | null
  readonly diagnostics: readonly Diagnostic[]
} {
  // Without carriage returns lines and columns are the same.
  const text = source.text.includes('\r') ? source.text.replaceAll('\r\n', '\n') : source.text
  const at = locator(source.path, text)
  const whole = readYaml(text)
  const diagnostics = whole.complaints.map(
    ({ message, hint, severity, offset, code }): Diagnostic => ({
      code,
      severity,
      message,
      hint,
      location: at(offset),
    }),
  )
  const document = whole.places === null ? null : documentOf(source.path, whole.value, whole.places, at, text)
  return { document, diagnostics }
}

function documentOf(
  file: string,
  value: unknown,
  places: YamlPlaces,
  at: (offset: number) => Location,
  text: string,
): YamlDocument {
  return {
    file,
    value,
    locate(path, line = 0) {
      const start = findPlace(value, places, path).value
      return at(line === 0 ? start : startOfBlockLine(text, start, line))
    },
    locateKey: (path) => at(findPlace(value, places, path).key),
  }
}

/** Of a text that is not a block, which has no lines of its own, where it begins. */
function startOfBlockLine(text: string, start: number, line: number): number {
  if (text[start] !== '|' && text[start] !== '>') return start
  let at = start
  for (let count = 0; count < line; count++) {
    at = text.indexOf('\n', at) + 1
    if (at === 0) return start
  }
  while (text[at] === ' ') at++
  return at
}

/** Most files are never asked for a place: the line starts are looked for when the first one is. */
function locator(file: string, text: string): (offset: number) => Location {
  let lineStarts: number[] | null = null
  return (offset) => {
    lineStarts ??= startsOfLines(text)
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    const start = lineStarts[low]!
    return { file, line: low + 1, column: codePointColumn(text, start, offset - start) }
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
