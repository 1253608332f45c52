/** A place in a project file. Lines and columns count from 1; a column counts characters (code points). */
export interface Location {
  /** Path relative to the project directory, with forward slashes. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine?: number
  readonly endColumn?: number
}

export type Severity = 'error' | 'warning'

/** A located complaint about a project file. A value: all of them are collected, none is thrown. */
export interface Diagnostic {
  /** Stable code such as `UNKNOWN_REF`. */
  readonly code: string
  readonly severity: Severity
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  readonly location: Location
  /** Further places that explain it: the calls a template error came through, the other file of a duplicate. */
  readonly related?: readonly { readonly message: string; readonly location: Location }[]
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}

/** `models/silver/patients.sql:12:7` */
export function displayLocation(location: Location): string {
  return `${location.file}:${location.line}:${location.column}`
}
