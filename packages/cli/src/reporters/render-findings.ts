import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '@strata/core'
import { createColors } from 'picocolors'
import { formatDuration, plural } from './format.ts'
import { renderDiagnostic } from './render-diagnostic.ts'
import type { Terminal } from './reporter.ts'

/** What lint found, errors last, where a reader of a terminal begins, and a line that counts. `directory`: of the project. */
export function renderFindings(
  diagnostics: readonly Diagnostic[],
  directory: string,
  terminal: Terminal,
  { looked, milliseconds }: { readonly looked: number; readonly milliseconds: number },
): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning')
  const blocks = renderBlocks([...warnings, ...errors], directory, terminal)
  const counts = [
    ...(errors.length > 0 ? [plural(errors.length, 'error')] : []),
    ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
  ]
  const found = counts.length === 0 ? 'nothing found' : counts.join(', ')
  return [
    ...blocks,
    `Looked at ${plural(looked, 'node')} in ${formatDuration(milliseconds)}: ${found}.`,
  ].join('\n')
}

/** A block a diagnostic, with its excerpt. `directory`: of the project. */
export function renderBlocks(
  diagnostics: readonly Diagnostic[],
  directory: string,
  terminal: Terminal,
): readonly string[] {
  const layout = {
    colors: createColors(terminal.color),
    commandName: terminal.commandName ?? 'models',
    columns: terminal.outIsTerminal ? terminal.columns : null,
  }
  const texts = new Map<string, string | null>()
  const readFile = (file: string): string | null => {
    if (!texts.has(file)) texts.set(file, textOf(join(directory, file)))
    return texts.get(file)!
  }
  return diagnostics.map((one) => renderDiagnostic(one, readFile, layout))
}

function textOf(path: string): string | null {
  // The rows of seeds are data.
  if (path.endsWith('.csv')) return null
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
