import { displayLocation } from '@strata/core'
import { graphLineage } from '../lineage/graph-lineage.ts'
import { lintProject } from '../lint/lint-project.ts'
import type { LintRuleId } from '../project/lint-settings.ts'
import { compileFiles, type Files, sourcesOf } from './compile-files.ts'

/** `models/a.sql:1:4 select-star` of each thing that these rules find; all of them where none is named. */
export function lintFiles(files: Files, ...rules: readonly LintRuleId[]): readonly string[] {
  return lintedFiles(files, ...rules).map(({ location, code }) => `${displayLocation(location)} ${code}`)
}

/** The same in full. `loadSqlParser` must have been waited for. */
export function lintedFiles(files: Files, ...rules: readonly LintRuleId[]) {
  return lintedWithLineage(files, null, ...rules).diagnostics
}

/** What was found, and the text of the lineage that was made on the way; `kept`: that of the last time. */
export function lintedWithLineage(files: Files, kept: string | null, ...rules: readonly LintRuleId[]) {
  const compilation = compileFiles(files)
  if (compilation.complaints.length > 0) throw new Error(compilation.complaints.join('\n'))
  const sources = sourcesOf(files)
  const lineage = graphLineage(compilation.graph, [sources, ...sources.packages], kept)
  const options = { selected: null, rules: rules.length === 0 ? null : rules, lineage }
  const { diagnostics } = lintProject(compilation, sources, options)
  return { diagnostics, lineage: lineage.keep() }
}
