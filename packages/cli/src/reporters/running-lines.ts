import type { Counts, SliceProgress } from '@strata/core'
import { describeRows, formatCount, formatDuration, padEnd, shortenEnd } from './format.ts'
import { nameAndRows } from './name-and-rows.ts'
import { type Pace, paceForms, sliceForms } from './pace.ts'
import { textWidth } from './text-width.ts'

/** A step that is under way. */
export interface RunningStep {
  readonly label: string
  readonly name: string
  /** Milliseconds. */
  readonly elapsed: number
  readonly counts: Counts
  readonly expected: number | null
  readonly batches: { readonly done: number; readonly of: number } | null
  readonly slices: SliceProgress | null
  readonly pace: Pace | null
  /** What it waits for; null: it does not. */
  readonly waiting: string | null
}

/** Names are not cut below this for what stands behind them. */
const leastName = 20

/** A line each, in columns: where there is little room names are cut first, then what is told behind them is made shorter. */
export function runningLines(
  steps: readonly RunningStep[],
  nameWidth: number,
  width: number,
): readonly string[] {
  const told = steps.map((step) => ({ step, rows: describeProgress(step), forms: formsOf(step) }))
  const lineOf = ({ step, rows }: (typeof told)[number], names: number) =>
    `${padEnd(step.label, 5)} ${nameAndRows(step.name, rows, names, 0)} ${formatDuration(step.elapsed).padStart(6)}  `
  const missing = told.map((one) => textWidth(lineOf(one, nameWidth) + one.forms[0]) - width)
  const names = Math.min(nameWidth, Math.max(leastName, nameWidth - Math.max(0, ...missing)))
  return told.map((one) => {
    const line = lineOf(one, names)
    const form = one.forms.find((text) => textWidth(line + text) <= width) ?? one.forms.at(-1)!
    return shortenEnd((line + form).trimEnd(), width)
  })
}

/** Rows so far, of how many where that is known. */
function describeProgress({ batches, counts, expected }: RunningStep): string {
  if (batches !== null) return `${batches.done} of ${batches.of} batches`
  const rows = describeRows(counts)
  return expected === null || rows === '' ? rows : `${rows} of ${formatCount(expected)}`
}

/** What else is told, the longest form first. */
function formsOf({ waiting, slices, pace }: RunningStep): readonly [string, ...string[]] {
  if (waiting !== null) return [waiting]
  if (slices !== null) return sliceForms(slices)
  return pace === null ? [''] : paceForms(pace)
}
