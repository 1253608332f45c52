import { type Change, type Json, listed, type Plan, type Step } from '@strata/core'
import { createColors } from 'picocolors'
import type { Colors } from './colors.ts'
import { kindLabel, padEnd, plural, shorten, shortenEnd } from './format.ts'
import { textWidth } from './text-width.ts'

/** Lines of a diff that are shown; the rest is in the plan as JSON. */
const longestDiff = 60

/**
 * What a run would do: a line a step, below it what changed since its relation was built, and a line that counts. `columns` of
 * the terminal are what a step's line is cut to, first its name, then its reason; null: nothing is cut.
 */
export function renderPlan(plan: Plan, color: boolean, columns: number | null): string {
  const colors = createColors(color)
  const shown = plan.steps.filter(({ within }) => within === undefined)
  const nameWidth = nameWidthOf(shown, columns)
  const gates = gatesOf(plan)
  const lines = shown.flatMap((step) => {
    const intent = padEnd(step.intent, 9)
    const line = `${padEnd(kindLabel(step.kind), 5)}  ${padEnd(shorten(step.name, nameWidth), nameWidth)}  ${paintIntent(step, colors)(intent)}  ${colors.dim(reasonOf(step, nameWidth, columns))}`
    const changes = (step.changes ?? []).flatMap((change) => renderChange(change, colors))
    return [line.trimEnd(), ...changes, ...renderGates(gates.get(step.id) ?? [], colors)]
  })
  return [
    ...lines,
    '',
    `A ${plan.command} would do this on target ${plan.target.name}: ${countSteps(plan)}.`,
  ].join('\n')
}

/** Columns of a line beside the name and the reason. */
const beside = 5 + 2 + 2 + 9 + 2
const [leastName, leastReason] = [24, 30]

function nameWidthOf(steps: readonly Step[], columns: number | null): number {
  const widest = Math.max(...steps.map(({ name }) => textWidth(name)), 10)
  if (columns === null) return widest
  const reason = Math.min(Math.max(...steps.map((step) => textWidth(step.reason)), 0), leastReason)
  return Math.min(widest, Math.max(leastName, columns - beside - reason))
}

function reasonOf({ reason }: Step, nameWidth: number, columns: number | null): string {
  return columns === null ? reason : shortenEnd(reason, Math.max(10, columns - beside - nameWidth))
}

/** The tests that each step has to pass before it is published. */
function gatesOf(plan: Plan): ReadonlyMap<string, readonly Step[]> {
  const gates = new Map<string, Step[]>()
  for (const step of plan.steps)
    if (step.within !== undefined) gates.set(step.within, [...(gates.get(step.within) ?? []), step])
  return gates
}

function renderGates(tests: readonly Step[], colors: Colors): readonly string[] {
  if (tests.length === 0) return []
  const names = listed(tests.map(({ name }) => name))
  return [colors.dim(`       gated by ${plural(tests.length, 'test')}: ${names}`)]
}

function renderChange(change: Change, colors: Colors): readonly string[] {
  const note = (text: string) => [`       ${text}`]
  switch (change.kind) {
    case 'new':
      return []
    case 'file':
      return note('the file changed')
    case 'parent':
      return note(`${change.parent} changes before`)
    case 'stale':
      return note(`stale: ${change.parent} has been built since`)
    case 'columns':
      return columnNotes(change).flatMap(note)
    case 'contract':
      return contractNotes(change).flatMap(note)
    case 'config':
      return note(optionChange(change))
    case 'sql':
      return change.diff === null
        ? note('the SQL or the configuration changed; what it was is not kept')
        : (movedDay(change.diff)?.flatMap(note) ?? renderDiff(change.diff, colors))
  }
}

/** That its changes are recorded is nobody's option: it follows from who reads them. */
function optionChange({ option, before, after }: Extract<Change, { kind: 'config' }>): string {
  if (option !== 'track_changes') return `${option}: ${optionText(before)} → ${optionText(after)}`
  return after === true ? 'another model reads its changes now' : 'no other model reads its changes any more'
}

function columnNotes({ adds, drops, retypes }: Extract<Change, { kind: 'columns' }>): readonly string[] {
  return [
    ...adds.map((column) => `adds the column ${column}`),
    ...drops.map((column) => `loses the column ${column}`),
    ...retypes.map(({ column, before, after }) => `the column ${column} was ${before} and is ${after}`),
  ]
}

function contractNotes({ breaks, adds, affects }: Extract<Change, { kind: 'contract' }>): readonly string[] {
  const readers =
    affects.length === 0 ? '' : `, and ${listed(affects, 10)} ${affects.length === 1 ? 'reads' : 'read'} it`
  return [
    ...breaks.map((what) => `breaks its contract: ${what}${readers}`),
    ...adds.map((rule) => `its contract adds ${rule}`),
  ]
}

function renderDiff(diff: string, colors: Colors): readonly string[] {
  const lines = diff.split('\n')
  const shown = lines.slice(0, longestDiff).map((line) => `       ${paintDiff(line, colors)}`)
  const hidden = lines.length - longestDiff
  return hidden > 0 ? [...shown, `       … ${plural(hidden, 'line')} more: --json shows them`] : shown
}

/** In one line, where nothing but a day differs: that of the question, which a mart is asked as of. Null: more does. */
function movedDay(diff: string): readonly string[] | null {
  const lines = diff.split('\n')
  const [gone, come] = ['-', '+'].map((sign) => lines.filter((line) => line.startsWith(sign)).join('\n'))
  const [before, after] = [gone!, come!].map((text) => new Set(text.match(day)))
  const isSame = gone!.replaceAll(day, '').replaceAll(/^-/gm, '+') === come!.replaceAll(day, '')
  if (!isSame || before!.size !== 1 || after!.size !== 1) return null
  return [`only the day in its SQL differs: it moved from ${[...before!]} to ${[...after!]}`]
}

const day = /\b\d{4}-\d\d-\d\d\b/g

function paintDiff(line: string, colors: Colors): string {
  if (line.startsWith('+')) return colors.green(line)
  if (line.startsWith('-')) return colors.red(line)
  return line.startsWith('@@') ? colors.cyan(line) : colors.dim(line)
}

function optionText(value: Json): string {
  return value === null ? 'not set' : JSON.stringify(value)
}

function countSteps(plan: Plan): string {
  const kinds = ['job', 'seed', 'snapshot', 'model', 'data_test', 'unit_test'] as const
  const counts = kinds.flatMap((kind) => {
    const count = plan.steps.filter((step) => step.kind === kind).length
    return count > 0 ? [plural(count, kind.replace('_', ' '))] : []
  })
  return counts.length === 0 ? 'nothing' : counts.join(', ')
}

function paintIntent(step: Step, colors: Colors): (text: string) => string {
  if (step.intent === 'rebuild' || step.intent === 'replace' || step.intent === 'alter') return colors.yellow
  return step.intent === 'skip' ? colors.dim : colors.green
}
