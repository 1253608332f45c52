import type { ChangeColumnStatus, LoadStatistics, TableStatus } from '@strata/extractor'
import { formatCount, formatDuration, padEnd, plural } from './format.ts'
import { percentage } from './percentage.ts'

/** What is told of a table or of files beside what is told of every job. */
export type NamedTable = Pick<TableStatus, 'columns' | 'week'>

/** What the tables of a source say together, over all instances. */
export interface SourceSummary extends LoadStatistics {
  readonly source: string
  /** Tables that are on, one for each instance, and those of them that have been loaded completely. */
  readonly tables: number
  readonly tracked: number
}

/** A table as the summary takes it. */
export interface SummarizedTable {
  readonly job: string
  readonly state: string
  readonly completeAt: string | null
  readonly table?: NamedTable
}

/** One for each source that has tables, in their order. */
export function summarizeTables(statuses: readonly SummarizedTable[]): readonly SourceSummary[] {
  const bySource = new Map<string, SummarizedTable[]>()
  for (const status of statuses) {
    if (status.table === undefined || status.state !== 'on') continue
    const source = status.job.slice(0, status.job.indexOf('.'))
    bySource.set(source, [...(bySource.get(source) ?? []), status])
  }
  return [...bySource].map(([source, tables]) => ({
    source,
    tables: tables.length,
    tracked: tables.filter(({ completeAt }) => completeAt !== null).length,
    ...tables.map(({ table }) => table!.week).reduce(added),
  }))
}

/** A name and a text each. */
export function summaryLines(summary: SourceSummary): readonly (readonly [string, string])[] {
  const { tables, tracked } = summary
  return [['tracked', `${formatCount(tracked)} of ${plural(tables, 'table')}`], ...weekLines(summary)]
}

/** How the loads of seven days went; nothing, where there were none. */
export function weekLines(week: LoadStatistics): readonly (readonly [string, string])[] {
  const { loads, succeeded, available, captured, secondsSaved, secondsOfFullLoads } = week
  if (loads === 0) return []
  return [
    [
      'succeeded',
      `${share(succeeded, loads)}${formatCount(succeeded)} of ${plural(loads, 'load')} in seven days`,
    ],
    ...(available === 0
      ? []
      : ([
          [
            'captured',
            `${share(captured, available)}${formatCount(captured)} of ${plural(available, 'row')}`,
          ],
        ] as const)),
    ...(secondsSaved === null || secondsOfFullLoads === null || secondsSaved <= 0
      ? []
      : ([
          [
            'saved',
            `${share(secondsSaved, secondsOfFullLoads)}${formatDuration(secondsSaved * 1000)} of ${formatDuration(secondsOfFullLoads * 1000)} that full loads take`,
          ],
        ] as const)),
    ['faults', faultNotes(week).join(', ') || 'no duplicate keys, no rows missing'],
  ]
}

/** What the loads of seven days found wrong; empty: nothing. */
export function faultNotes({
  violations,
  missing,
  duplicateLoads,
  duplicates,
}: LoadStatistics): readonly string[] {
  return [
    ...(violations === 0 ? [] : [`${plural(violations, 'load')} found ${plural(missing, 'row')} missing`]),
    ...(duplicateLoads === 0
      ? []
      : [`${plural(duplicateLoads, 'load')} met ${plural(duplicates, 'duplicate key')}`]),
  ]
}

/** The change columns with their watermarks, and what samples of rows say of them. */
export function columnLines(columns: readonly ChangeColumnStatus[]): readonly string[] {
  const names = Math.max(...columns.map(({ name }) => name.length))
  const marks = columns.map(({ watermark }) => watermark ?? 'no value yet')
  const width = Math.max(...marks.map(({ length }) => length))
  return columns.map(({ name, proof }, index) =>
    `  ${padEnd(name, names)}  ${padEnd(marks[index]!, width)}  ${proofNote(proof)}`.trimEnd(),
  )
}

function proofNote(proof: ChangeColumnStatus['proof']): string {
  if (proof === null) return ''
  const { changed, missed } = proof
  return `missed ${formatCount(missed)} of ${plural(changed, 'change')}${missed === 0 ? '' : `, ${((100 * missed) / changed).toFixed(1)} %`}`
}

function share(part: number, whole: number): string {
  return `${percentage(Math.min(1, part / whole))}: `
}

function added(one: LoadStatistics, other: LoadStatistics): LoadStatistics {
  const sum = (count: (week: LoadStatistics) => number) => count(one) + count(other)
  const sumOfKnown = (count: (week: LoadStatistics) => number | null) =>
    count(one) === null && count(other) === null ? null : (count(one) ?? 0) + (count(other) ?? 0)
  return {
    loads: sum((week) => week.loads),
    succeeded: sum((week) => week.succeeded),
    available: sum((week) => week.available),
    captured: sum((week) => week.captured),
    violations: sum((week) => week.violations),
    missing: sum((week) => week.missing),
    duplicateLoads: sum((week) => week.duplicateLoads),
    duplicates: sum((week) => week.duplicates),
    secondsSaved: sumOfKnown((week) => week.secondsSaved),
    secondsOfFullLoads: sumOfKnown((week) => week.secondsOfFullLoads),
  }
}
