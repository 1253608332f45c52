import type { Diagnostic, Location } from '@strata/core'
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { codePointColumn } from './code-point-column.ts'
import type { SourceText } from './project-file.ts'

/** The way to a value in a YAML document: keys and indexes from the root. */
export type YamlPath = readonly (string | number)[]

/** A parsed YAML file that knows where each of its values stands. */
export interface YamlDocument {
  readonly file: string
  readonly value: unknown
  /** Where the value at `path` begins, or the nearest parent of it that exists. */
  locate(path: YamlPath): Location
  /** Where the key at the end of `path` stands. */
  locateKey(path: YamlPath): Location
}

/** Parses one YAML file. On a syntax error `document` is null and the diagnostics say where. */
export function parseYaml(source: SourceText): {
  readonly document: YamlDocument | null
  readonly diagnostics: readonly Diagnostic[]
} {
  const lines = new LineCounter()
  const parsed = parseDocument(source.text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
  })
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    const start = lines.lineStarts[line - 1] ?? 0
    return { file: source.path, line, column: codePointColumn(source.text, start, col - 1) }
  }

  const diagnostics: Diagnostic[] = [
    ...parsed.errors.map((error) => syntaxError(error.message, at(error.pos[0]), 'error')),
    ...parsed.warnings.map((warning) => syntaxError(warning.message, at(warning.pos[0]), 'warning')),
  ]
  if (parsed.errors.length > 0) return { document: null, diagnostics }

  let value: unknown
  try {
    value = parsed.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    return { document: null, diagnostics: [syntaxError((error as Error).message, at(0), 'error')] }
  }

  const find = (path: YamlPath): { node: Node | null; key: Node | null } => {
    let node: Node | null = parsed.contents as Node | null
    let key: Node | null = null
    for (const part of path) {
      let next: Node | null = null
      if (isMap(node)) {
        const pair: unknown = node.items.find((item) => isScalar(item.key) && item.key.value === part)
        if (isPair(pair)) {
          key = pair.key as Node
          next = (pair.value as Node | null) ?? key
        }
      } else if (isSeq(node) && typeof part === 'number') {
        next = (node.items[part] as Node | undefined) ?? null
        key = next
      }
      if (next === null) break
      node = next
    }
    return { node, key }
  }
  const locateNode = (node: Node | null): Location => at(node?.range?.[0] ?? 0)

  return {
    document: {
      file: source.path,
      value,
      locate: (path) => locateNode(find(path).node),
      locateKey: (path) => {
        const { node, key } = find(path)
        return locateNode(key ?? node)
      },
    },
    diagnostics,
  }
}

function syntaxError(message: string, location: Location, severity: 'error' | 'warning'): Diagnostic {
  return {
    code: 'BAD_YAML',
    severity,
    message: message.replace(/\s+$/, ''),
    hint: hintFor(message),
    location,
  }
}

function hintFor(message: string): string {
  if (/tab/i.test(message)) return 'Indent with spaces; YAML does not allow tabs.'
  if (/unique/i.test(message)) return 'The same key stands twice in one block; keep one of them.'
  if (/indent|same column|implicit/i.test(message))
    return 'Check the indentation of this line against its neighbours.'
  if (/quote|flow|bracket|brace|}|]/i.test(message))
    return 'Close the quote or bracket, or put the value in quotes.'
  return 'Check the line and the one before it: indentation, a missing colon, or a value that needs quotes.'
}
