import { codeFrameColumns } from '@babel/code-frame'
import { type Diagnostic, displayLocation } from '@strata/core'
import type { Colors } from './colors.ts'
import { plural } from './format.ts'
import { indented, type Layout, renderHint } from './render-hint.ts'

/** All diagnostics, errors first, each with place, excerpt and hint, and a line that counts them. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  readFile: (file: string) => string | null,
  colors: Colors,
  commandName = 'models',
  columns: number | null = null,
): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning')
  const blocks = [...errors, ...warnings].map((diagnostic) =>
    renderDiagnostic(diagnostic, readFile, { colors, commandName, columns }),
  )
  const counts = [
    errors.length > 0 ? plural(errors.length, 'error') : '',
    warnings.length > 0 ? plural(warnings.length, 'warning') : '',
  ]
  const consequence = errors.length > 0 ? ' Nothing was run.' : ''
  return [...blocks, `${counts.filter((count) => count !== '').join(', ')}.${consequence}`].join('\n')
}

export function renderDiagnostic(
  diagnostic: Diagnostic,
  readFile: (file: string) => string | null,
  layout: Layout,
): string {
  const { colors, columns } = layout
  const paint = diagnostic.severity === 'error' ? colors.red : colors.yellow
  const lines = [
    `${paint(diagnostic.severity)} ${colors.bold(displayLocation(diagnostic.location))} ${colors.dim(`[${diagnostic.code}]`)}`,
    ...indented(diagnostic.message, columns),
  ]
  const text = readFile(diagnostic.location.file)
  if (text !== null && text !== '') {
    const { line, column } = diagnostic.location
    lines.push(codeFrameColumns(text, { start: { line, column } }, { linesAbove: 1, linesBelow: 1 }))
  }
  if (diagnostic.hint !== undefined) lines.push(renderHint(diagnostic.hint, layout))
  for (const related of diagnostic.related ?? []) {
    lines.push(colors.dim(`    ${displayLocation(related.location)}  ${related.message}`))
  }
  return `${lines.join('\n')}\n`
}
