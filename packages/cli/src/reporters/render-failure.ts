import { type DifferencePaint, type Failure, renderDifference, type StepResult } from '@strata/core'
import type { Colors } from './colors.ts'
import { asSentence } from './format.ts'
import { sqlExcerpt } from './sql-excerpt.ts'
import { textWidth } from './text-width.ts'

/** How the text before a list of rows that were found ends, by code. */
const endsOfIntroductions = new Map([
  ['DUPLICATE_KEYS', ')'],
  ['OUTSIDE_OF_BATCH', 'outside of it'],
])

/** The failed steps in full: what happened, where, and what to do. Steps that failed alike stand together, tests each for itself. */
export function renderFailures(steps: readonly StepResult[], colors: Colors): string {
  const alike = new Map<string, StepResult[]>()
  for (const step of steps) {
    if (step.failure === null) continue
    const { code, message, hint, position } = step.failure
    // Two tests that find as many rows have found different ones; what has a position is a mistake of its file.
    const own =
      step.kind === 'data_test' || step.kind === 'unit_test' || position !== undefined ? step.id : null
    const key = JSON.stringify([code, message, hint, own])
    alike.set(key, [...(alike.get(key) ?? []), step])
  }
  return [...alike.values()].map((group) => renderGroup(group, colors)).join('\n\n')
}

/** What the lines of jobs that landed with a warning may have cut off. */
export function renderWarnings(steps: readonly StepResult[], colors: Colors): string {
  return steps
    .filter((step) => step.kind === 'job' && step.status === 'warned')
    .map(
      (step) =>
        `${colors.yellow(colors.bold(step.name))}\n  ${asSentence(step.message.replaceAll('; ', '\n  '))}`,
    )
    .join('\n\n')
}

function renderGroup(group: readonly StepResult[], colors: Colors): string {
  const failure = group[0]!.failure!
  const names = group
    .slice(0, 4)
    .map((step) => nameAndPlace(step, group.length > 1))
    .join(', ')
  const more = group.length > 4 ? ` and ${group.length - 4} more` : ''
  const lines = [`${colors.red(colors.bold(names + more))} ${colors.dim(`[${failure.code}]`)}`]
  lines.push(...messageLines(failure).map((line) => `  ${line}`))
  for (const difference of failure.differences ?? [])
    lines.push(...renderDifference(difference, paintOf(colors), textWidth).map((line) => `  ${line}`))
  const excerpt = excerptOf(failure)
  if (excerpt !== null) lines.push(excerpt)
  if (failure.hint !== undefined) lines.push(`  ${colors.cyan('→')} ${asSentence(failure.hint)}`)
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

/** `silver.patients models/silver/patients.sql:12:7` */
function nameAndPlace({ name, failure }: StepResult, isOneOfMany: boolean): string {
  const place = failure?.place
  if (place === undefined) return name
  const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':')
  return isOneOfMany ? `${name} (${at})` : `${name} ${at}`
}

/** As in a diff: what was expected is red, what came out green. */
function paintOf(colors: Colors): DifferencePaint {
  return { expected: colors.red, actual: colors.green, quiet: colors.dim }
}

function excerptOf(failure: Failure): string | null {
  if (failure.sql === undefined || failure.position === undefined) return null
  return sqlExcerpt(failure.sql, failure.position)
}
