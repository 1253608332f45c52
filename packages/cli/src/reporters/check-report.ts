import { relative } from 'node:path'
import type { CheckedGraph, Unchecked } from '@strata/compiler/check'
import type { Diagnostic, NodeId, SourceNode } from '@strata/core'
import { createColors } from 'picocolors'
import type { CommonOptions, Invocation } from '../invocation.ts'
import type { Workspace } from '../workspace.ts'
import { formatDuration, plural } from './format.ts'
import { githubAnnotation } from './github-annotation.ts'
import { renderBlocks } from './render-findings.ts'

/** Says what a check found: what is broken, errors last, what is left unchecked, and a line that counts. */
export function reportCheck(
  { terminal, workingDirectory }: Pick<Invocation, 'terminal' | 'workingDirectory'>,
  { reporter, directory }: Pick<Workspace, 'reporter' | 'directory'>,
  options: CommonOptions & { readonly format: 'text' | 'github' },
  checked: CheckedGraph,
  milliseconds: number,
): void {
  const { errors, warnings } = bySeverity(checked.diagnostics)
  const shown = options.quiet === true ? errors : [...warnings, ...errors]
  if (options.json) {
    reporter.diagnostics(shown)
    for (const event of checkEvents(checked, milliseconds)) terminal.out(JSON.stringify(event))
    return
  }
  if (options.format === 'github') {
    const folder = relative(workingDirectory, directory)
    for (const one of shown) terminal.out(githubAnnotation(one, folder))
  } else for (const block of renderBlocks(shown, directory, terminal)) terminal.out(block)
  const colors = createColors(terminal.color)
  if (options.quiet !== true)
    for (const line of [...sourceLines(checked), ...uncheckedLines(checked), ...versionLines(checked)])
      terminal.err(line)
  if (options.quiet === true && errors.length === 0) return
  const paint = errors.length > 0 ? colors.red : colors.green
  terminal.out(paint(summaryLine(checked, milliseconds)))
}

/** `312 models, 40 sources checked in 1.2 s: 3 errors in 2 models, 5 unchecked.` */
export function summaryLine(checked: CheckedGraph, milliseconds: number): string {
  const { counts, diagnostics, unchecked } = checked
  const { errors, warnings } = bySeverity(diagnostics)
  const what = [
    plural(counts.models, 'model'),
    ...(counts.sources > 0 ? [plural(counts.sources, 'source')] : []),
    ...(counts.tests > 0 ? [plural(counts.tests, 'test')] : []),
  ]
  const broken = counts.broken > 0 ? ` in ${plural(counts.broken, 'model')}` : ''
  const found = [
    errors.length === 0 ? 'no errors' : `${plural(errors.length, 'error')}${broken}`,
    ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
    ...(unchecked.length > 0 ? [`${unchecked.length} unchecked`] : []),
  ]
  return `${what.join(', ')} checked in ${formatDuration(milliseconds)}: ${found.join(', ')}.`
}

function bySeverity(diagnostics: readonly Diagnostic[]) {
  return {
    errors: diagnostics.filter(({ severity }) => severity === 'error'),
    warnings: diagnostics.filter(({ severity }) => severity === 'warning'),
  }
}

/** A source whose columns nobody knows is told once, with what to do. */
function sourceLines({ unknownSources, unchecked }: CheckedGraph): readonly string[] {
  return unknownSources.map((source) => {
    const waiting = unchecked.filter(({ because }) => because === source.id).length
    const why = unchecked.find(({ because }) => because === source.id)?.reason ?? 'its columns are not known'
    const effect = waiting === 0 ? '' : ` ${plural(waiting, 'model')} cannot be checked.`
    return `Note: ${why}.${effect} Declare its columns, each with data_type, in ${source.location.file}.`
  })
}

const mostNamed = 8

/** One line a reason. */
function uncheckedLines({ unchecked, unknownSources }: CheckedGraph): readonly string[] {
  const told = new Set<NodeId>(unknownSources.map(({ id }: SourceNode) => id))
  const reasons = new Map<string, Unchecked[]>()
  for (const one of unchecked) {
    if (one.because !== null && told.has(one.because)) continue
    const known = reasons.get(one.reason)
    if (known === undefined) reasons.set(one.reason, [one])
    else known.push(one)
  }
  return [...reasons].map(([reason, ones]) => {
    const named = ones.slice(0, mostNamed).map(({ node }) => node.name)
    const rest = ones.length - named.length
    return `Unchecked: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}: ${reason}.`
  })
}

function versionLines({ versions: { scratch, target } }: CheckedGraph): readonly string[] {
  if (scratch === null || target === null || major(scratch) === major(target)) return []
  return [
    `Note: this was checked on PostgreSQL ${scratch}, and the target's server has ${target}: check --on-server asks that one.`,
  ]
}

function major(version: string): string {
  return version.split('.')[0]!
}

function checkEvents(checked: CheckedGraph, milliseconds: number): readonly object[] {
  const { counts, diagnostics, unchecked, unknownSources, versions } = checked
  const { errors, warnings } = bySeverity(diagnostics)
  return [
    ...unknownSources.map(({ id, name }) => ({ kind: 'unknown_source', id, name })),
    ...unchecked.map(({ node: { id, name }, reason, because }) => ({
      kind: 'unchecked',
      id,
      name,
      reason,
      because,
    })),
    {
      kind: 'check_finished',
      ...counts,
      errors: errors.length,
      warnings: warnings.length,
      unchecked: unchecked.length,
      versions,
      milliseconds,
    },
  ]
}
