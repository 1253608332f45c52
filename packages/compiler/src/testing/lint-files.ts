import { displayLocation } from '@strata/core'
import { lintProject } from '../lint/lint-project.ts'
import type { LintRuleId } from '../project/lint-settings.ts'
import { compileFiles, type Files, sourcesOf } from './compile-files.ts'

/** `models/a.sql:1:4 select-star` of each thing that these rules find; all of them where none is named. */
export function lintFiles(files: Files, ...rules: readonly LintRuleId[]): readonly string[] {
  return lintedFiles(files, ...rules).map(({ location, code }) => `${displayLocation(location)} ${code}`)
}

/** The same in full. `loadSqlParser` must have been waited for. */
export function lintedFiles(files: Files, ...rules: readonly LintRuleId[]) {
  const compilation = compileFiles(files)
  if (compilation.complaints.length > 0) throw new Error(compilation.complaints.join('\n'))
  const options = { selected: null, rules: rules.length === 0 ? null : rules }
  return lintProject(compilation, sourcesOf(files), options).diagnostics
}
