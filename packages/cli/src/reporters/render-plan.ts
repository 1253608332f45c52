import type { Change, Json, Plan, Step } from '@strata/core'
import { createColors } from 'picocolors'
import type { Colors } from './colors.ts'
import { kindLabel, padEnd, plural } from './format.ts'

/** Lines of a diff that are shown; the rest is in the plan as JSON. */
const longestDiff = 60

/** What a run would do: a line a step, below it what changed since its relation was built, and a line that counts. */
export function renderPlan(plan: Plan, color: boolean): string {
  const colors = createColors(color)
  const nameWidth = Math.max(...plan.steps.map((step) => step.name.length), 10)
  const gates = gatesOf(plan)
  const lines = plan.steps.flatMap((step) => {
    if (step.within !== undefined) return []
    const intent = padEnd(step.intent, 9)
    const line = `${padEnd(kindLabel(step.kind), 5)}  ${padEnd(step.name, nameWidth)}  ${paintIntent(step, colors)(intent)}  ${colors.dim(step.reason)}`
    const changes = (step.changes ?? []).flatMap((change) => renderChange(change, colors))
    return [line.trimEnd(), ...changes, ...renderGates(gates.get(step.id) ?? [], colors)]
  })
  return [
    ...lines,
    '',
    `A ${plan.command} would do this on target ${plan.target.name}: ${countSteps(plan)}.`,
  ].join('\n')
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
  const [shown, more] = [tests.slice(0, 3).map(({ name }) => name), tests.length - 3]
  const names = more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
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
        : renderDiff(change.diff, colors)
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
    affects.length === 0
      ? ''
      : `, and ${affects.slice(0, 10).join(', ')} ${affects.length === 1 ? 'reads' : 'read'} it`
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
