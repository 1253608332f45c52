import { type DifferencePaint, type Failure, listed, renderDifference, type StepResult } from '@strata/core'
import type { Colors } from './colors.ts'
import { plural } from './format.ts'
import { nameAndPlace } from './name-and-place.ts'
import { indented, type Layout, renderHint } from './render-hint.ts'
import { renderJobProblems } from './render-job-problems.ts'
import { sqlExcerpt } from './sql-excerpt.ts'
import { textWidth } from './text-width.ts'

/** How the text before a list of rows that were found ends, by code. */
const endsOfIntroductions = new Map([
  ['DUPLICATE_KEYS', ')'],
  ['OUTSIDE_OF_BATCH', 'outside of it'],
])

/** The failed steps in full: what happened, where, and what to do. Steps that failed alike stand together, tests each for itself. */
export function renderFailures(
  steps: readonly StepResult[],
  colors: Colors,
  commandName = 'models',
  columns: number | null = null,
): string {
  const layout: Layout = { colors, commandName, columns }
  const failed = steps.filter(({ failure }) => failure !== null)
  const jobs = renderJobProblems(
    failed.filter(({ kind }) => kind === 'job'),
    layout,
  )
  const alike = new Map<string, StepResult[]>()
  const early = failed.filter((step) => missingRelation(step) !== null)
  const told = new Set(early.length > 1 ? early : [])
  for (const step of failed) {
    if (step.failure === null || step.kind === 'job' || told.has(step)) continue
    const { code, message, hint, position } = step.failure
    // Two tests that find as many rows have found different ones; what has a position is a mistake of its file.
    const own =
      step.kind === 'data_test' || step.kind === 'unit_test' || position !== undefined ? step.id : null
    const key = JSON.stringify([code, message, hint, own])
    alike.set(key, [...(alike.get(key) ?? []), step])
  }
  let explained = false
  const others = [...alike.values()].map((group) => {
    const legend = explained ? null : legendOf(group[0]!.failure!)
    explained ||= legend !== null
    return renderGroup(group, layout, legend)
  })
  const unbuilt = told.size > 0 ? [renderUnbuilt([...told], layout)] : []
  return [...jobs, ...unbuilt, ...others].join('\n\n')
}

/** The relation that a data test reads before it was built; null: it failed for another reason. */
function missingRelation({ kind, failure }: StepResult): string | null {
  if (kind !== 'data_test' || failure?.sqlstate !== '42P01') return null
  // Where the test should have named it otherwise, its hint says how.
  if (failure.hint?.startsWith('It has not been built') !== true) return null
  return /relation "([^"]+)" does not exist/.exec(failure.message)?.[1] ?? null
}

function renderUnbuilt(tests: readonly StepResult[], layout: Layout): string {
  const { colors, columns } = layout
  const { code, hint } = tests[0]!.failure!
  const names = [...new Set(tests.map((test) => missingRelation(test)!))].sort()
  const are = names.length === 1 ? '1 relation is' : `${names.length} relations are`
  return [
    `${colors.red(colors.bold(plural(tests.length, 'test')))} ${colors.dim(`[${code}]`)}`,
    ...indented(`${are} not built: ${names.join(', ')}`, columns),
    ...(hint === undefined ? [] : [renderHint(hint, layout)]),
  ].join('\n')
}

/** The marks of a difference, where there is one. */
function legendOf({ differences = [] }: Failure): string | null {
  const rows = differences.flatMap((difference) => difference.rows)
  if (rows.length === 0) return null
  const also = rows.some(({ kind }) => kind === 'changed') ? ', ~ marks what differs' : ''
  return `(- was expected, + came out${also})`
}

/** What the lines of jobs that landed with a warning may have cut off, and what to do about rows that were set aside. */
export function renderWarnings(
  steps: readonly StepResult[],
  colors: Colors,
  commandName = 'models',
  columns: number | null = null,
): string {
  const layout: Layout = { colors, commandName, columns }
  const warned = steps.filter(({ status }) => status === 'warned')
  const jobs = renderJobProblems(
    warned.filter(({ kind }) => kind === 'job'),
    layout,
  )
  const tests = warned.filter(({ kind, counts }) => kind === 'data_test' && (counts.quarantined ?? 0) > 0)
  if (tests.length === 0) return jobs.join('\n\n')
  const names = colors.yellow(colors.bold(tests.map(({ name }) => name).join(', ')))
  const rows = tests.reduce((sum, { counts }) => sum + (counts.quarantined ?? 0), 0)
  const quarantine = `${names}\n  ${plural(rows, 'row')} quarantined in strata.dead_letters\n${renderHint(howRowsComeBack, layout)}`
  return [...jobs, quarantine].join('\n\n')
}

const howRowsComeBack =
  'what is mended at its source comes back when its job reads it again: `models extract --full-refresh --select source:…` reads all. If it was the test that was wrong, `models source replay` lands them as they are.'

function renderGroup(group: readonly StepResult[], layout: Layout, legend: string | null): string {
  const { colors, columns } = layout
  const failure = group[0]!.failure!
  const names = listed(
    group.map((step) => nameAndPlace(step, group.length > 1)),
    4,
  )
  const lines = [`${colors.red(colors.bold(names))} ${colors.dim(`[${failure.code}]`)}`]
  lines.push(...messageLines(failure).flatMap((line) => indented(line, columns)))
  for (const difference of failure.differences ?? [])
    lines.push(...renderDifference(difference, paintOf(colors), textWidth).map((line) => `  ${line}`))
  if (legend !== null) lines.push(`  ${colors.dim(legend)}`)
  const excerpt = excerptOf(failure)
  if (excerpt !== null) lines.push(excerpt)
  if (failure.hint !== undefined) lines.push(renderHint(failure.hint, layout))
  return lines.join('\n')
}

/** What several rows have in common stands below what is wrong with them, each on a line. */
function messageLines({ code, message }: Failure): readonly string[] {
  const end = endsOfIntroductions.get(code)
  const at = end === undefined ? -1 : message.indexOf(`${end}: `)
  if (end === undefined || at < 0) return message.split(/; |\n/)
  const introduction = message.slice(0, at + end.length + 1)
  const found = message.slice(introduction.length + 1).split(/; |\n/)
  return [introduction, ...found.map((line) => `  ${line}`)]
}

/** As in a diff: what was expected is red, what came out green. */
function paintOf(colors: Colors): DifferencePaint {
  return { expected: colors.red, actual: colors.green, quiet: colors.dim }
}

/** Its lines are those of the SQL that the server got: where the place counts those of a file, both say which. */
function excerptOf({ sql, position, place }: Failure): string | null {
  if (sql === undefined || position === undefined) return null
  const line = [...sql].slice(0, position - 1).filter((character) => character === '\n').length + 1
  const label = place === undefined || place.line === line ? '' : `  compiled SQL, line ${line}:\n`
  return `${label}${sqlExcerpt(sql, position)}`
}
