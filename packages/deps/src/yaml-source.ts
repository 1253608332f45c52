import type { Diagnostic, Location } from '@strata/core'
import { type Document, isScalar, LineCounter, type Node, parseDocument } from 'yaml'

/** A YAML file that knows where its nodes stand. */
export interface YamlSource {
  readonly file: string
  readonly document: Document
  locate(node: unknown): Location
}

/** Parses one YAML file; on a syntax error `source` is null and the diagnostics say where. */
export function parseYamlSource(
  file: string,
  text: string,
): { readonly source: YamlSource | null; readonly diagnostics: readonly Diagnostic[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    const start = lines.lineStarts[line - 1] ?? 0
    return { file, line, column: [...text.slice(start, start + col - 1)].length + 1 }
  }
  if (document.errors.length > 0) {
    const diagnostics = document.errors.map(
      (error): Diagnostic => ({
        code: 'BAD_YAML',
        severity: 'error',
        message: error.message.trim(),
        hint: 'Check the line and the one before it: indentation, a missing colon, or a value that needs quotes.',
        location: at(error.pos[0]),
      }),
    )
    return { source: null, diagnostics }
  }
  const locate = (node: unknown): Location => at((node as Node | null)?.range?.[0] ?? 0)
  return { source: { file, document, locate }, diagnostics: [] }
}

/** A scalar as text. Numbers as they are written: `revision: 1.10` is not 1.1. */
export function scalarText(node: unknown): string | null {
  if (!isScalar(node) || node.value === null) return null
  if (typeof node.value === 'string') return node.value
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : null
}
