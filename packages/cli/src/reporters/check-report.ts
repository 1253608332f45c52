import { relative } from 'node:path'
import type { CheckedGraph, Unchecked } from '@strata/compiler/check'
import { type Diagnostic, listed, type NodeId, type SourceNode } from '@strata/core'
import { createColors } from 'picocolors'
import type { CommonOptions, Invocation } from '../invocation.ts'
import type { Workspace } from '../workspace.ts'
import { formatDuration, plural } from './format.ts'
import { githubAnnotation } from './github-annotation.ts'
import { renderBlocks } from './render-findings.ts'

/** Says what a check found: what is broken, errors last, what is left unchecked, and a line that counts. */
export function reportCheck(
  { terminal, workingDirectory }: Pick<Invocation, 'terminal' | 'workingDirectory'>,
  { reporter, directory, databaseUrl }: Pick<Workspace, 'reporter' | 'directory' | 'databaseUrl'>,
  options: CommonOptions & { readonly format: 'text' | 'github'; readonly onServer?: boolean },
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
    for (const line of [
      ...sourceLines(checked),
      ...uncheckedLines(checked),
      ...versionLines(checked),
      ...silenceLines(checked, databaseUrl, options),
    ])
      terminal.err(line)
  if (options.quiet === true && errors.length === 0) return
  const paint = errors.length > 0 ? colors.red : colors.green
  terminal.out(paint(summaryLine(checked, milliseconds)))
}

/** `312 models, 40 sources checked in 1.2 s: 3 errors in 2 models, 5 unchecked.` */
export function summaryLine(checked: CheckedGraph, milliseconds: number): string {
  const { counts, diagnostics, unchecked } = checked
  const { errors, warnings } = bySeverity(diagnostics)
  const byNames = unchecked.filter((one) => one.byNames && isOfUnknownSource(checked)(one)).length
  const what = [
    plural(counts.models, 'model'),
    ...(counts.sources > 0 ? [plural(counts.sources, 'source')] : []),
    ...(counts.tests > 0 ? [plural(counts.tests, 'test')] : []),
  ]
  const broken = counts.broken > 0 ? ` in ${plural(counts.broken, 'model')}` : ''
  const found = [
    errors.length === 0 ? 'no errors' : `${plural(errors.length, 'error')}${broken}`,
    ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
    ...(byNames > 0 ? [`${plural(byNames, 'model')} by names only`] : []),
    ...(unchecked.length > byNames ? [`${unchecked.length - byNames} unchecked`] : []),
  ]
  return `${what.join(', ')} checked in ${formatDuration(milliseconds)}: ${found.join(', ')}.`
}

function bySeverity(diagnostics: readonly Diagnostic[]) {
  return {
    errors: diagnostics.filter(({ severity }) => severity === 'error'),
    warnings: diagnostics.filter(({ severity }) => severity === 'warning'),
  }
}

/** Sources of which no columns are known, a note for all that need the same, with what to do. */
export function sourceLines({ unknownSources, unchecked }: CheckedGraph): readonly string[] {
  const byReason = groupBy(unknownSources, ({ reason }) => reason)
  return [...byReason].map(([reason, sources]) => {
    const ids = new Set<NodeId>(sources.map(({ node }) => node.id))
    const waiting = unchecked.filter(({ because }) => because !== null && ids.has(because))
    const looked = waiting.filter(({ byNames }) => byNames).length
    const effect = [
      ...(looked > 0
        ? [`${plural(looked, 'model')} ${looked === 1 ? 'was' : 'were'} looked at by names only`]
        : []),
      ...(waiting.length > looked ? [`${waiting.length - looked} not at all`] : []),
    ]
    const files = [...new Set(sources.map(({ node }) => node.location.file))]
    const declare = `Declare ${sources.length === 1 ? 'its' : 'their'} columns, each with data_type, in ${listed(files, 2, 'more files')}, or set DATABASE_URL to a database that has them.`
    const names = listed(
      sources.map(({ node }) => withUntyped(node)),
      3,
      'more sources',
    )
    const what = effect.length === 0 ? '' : `: ${effect.join(', ')}, for types need columns`
    const why = sources.length === 1 ? reason : reason.replaceAll('its ', 'their ')
    return `Note: ${names}: ${why}${what}. ${reason.endsWith('write ref()') ? '' : declare}`.trimEnd()
  })
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const known = groups.get(keyOf(item))
    if (known === undefined) groups.set(keyOf(item), [item])
    else known.push(item)
  }
  return groups
}

/** `shop.orders (amount, state)`: with the columns that lack a type, where others have one. */
function withUntyped({ name, columns }: SourceNode): string {
  const untyped = columns.filter(({ dataType }) => (dataType ?? '').trim() === '')
  if (untyped.length === 0 || untyped.length === columns.length) return name
  const listing = listed(
    untyped.map((column) => column.name),
    3,
    'more columns',
  )
  return `${name} (${listing})`
}

const mostNamed = 8

/** One line a reason. */
function uncheckedLines(checked: CheckedGraph): readonly string[] {
  const isToldAlready = isOfUnknownSource(checked)
  const reasons = groupBy(
    checked.unchecked.filter((one) => !isToldAlready(one)),
    ({ reason }) => reason,
  )
  return [...reasons].map(([reason, ones]) => {
    const names = ones.map(({ node }) => node.name)
    return `Unchecked: ${listed(names, mostNamed)}: ${reason}.`
  })
}

function isOfUnknownSource({ unknownSources }: CheckedGraph): (one: Unchecked) => boolean {
  const ids = new Set<NodeId>(unknownSources.map(({ node }) => node.id))
  return ({ because }) => because !== null && ids.has(because)
}

function versionLines({ versions: { scratch, target } }: CheckedGraph): readonly string[] {
  if (scratch === null || target === null || major(scratch) === major(target)) return []
  return [
    `Note: this was checked on PostgreSQL ${scratch}, and the target's server has ${target}: check --on-server asks that one.`,
  ]
}

/** What the target's database alone has is an error where nobody could ask it. */
export function silenceLines(
  { versions, counts, diagnostics }: CheckedGraph,
  databaseUrl: string | null,
  { onServer }: { readonly onServer?: boolean },
): readonly string[] {
  const isSilent = databaseUrl !== null && onServer !== true && counts.asked > 0 && versions.target === null
  if (!isSilent || diagnostics.length === 0) return []
  return [
    "Note: the target's database does not answer (models debug says why): what it alone has, such as extensions and functions, is not known here.",
  ]
}

function major(version: string): string {
  return version.split('.')[0]!
}

function checkEvents(checked: CheckedGraph, milliseconds: number): readonly object[] {
  const { counts, diagnostics, unchecked, unknownSources, versions } = checked
  const { errors, warnings } = bySeverity(diagnostics)
  return [
    ...unknownSources.map(({ node: { id, name }, reason }) => ({ kind: 'unknown_source', id, name, reason })),
    ...unchecked.map(({ node: { id, name }, reason, because, byNames }) => ({
      kind: 'unchecked',
      id,
      name,
      reason,
      because,
      byNames,
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
