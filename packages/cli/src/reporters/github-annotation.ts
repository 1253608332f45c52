import type { Diagnostic } from '@strata/core'

/** The line by which GitHub Actions shows a diagnostic at its place in a pull request. `folder`: of the project in the repository. */
export function githubAnnotation(
  { severity, code, message, hint, location }: Diagnostic,
  folder = '',
): string {
  const { line, column, endLine, endColumn } = location
  const file = folder === '' ? location.file : `${folder.replace(/\/+$/, '')}/${location.file}`
  const properties = {
    file,
    line,
    endLine,
    // Columns are left out by GitHub where they are of several lines.
    col: column,
    endColumn,
    title: code,
  }
  const written = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
  const text = hint === undefined ? message : `${message}\n${hint}`
  return `::${severity} ${written.join(',')}::${escapeData(text)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
