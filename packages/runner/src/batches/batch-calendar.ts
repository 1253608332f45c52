import { type BatchSettings, type BatchSize, StrataError, type TimeWindow } from '@strata/core'

/** Beginnings of batches, all in UTC, where no day has 23 or 25 hours. */
export interface BatchCalendar {
  /** From the first to the one that holds now; empty: the first has not begun. */
  readonly all: readonly Date[]
  /** Those that are done again although they are done. */
  readonly again: readonly Date[]
  /** From the beginning of the first to the end of the last. */
  readonly span: TimeWindow
}

/** As many as a table of them can hold without anybody waiting for it. */
const most = 100_000

/** What there is to do at this moment. Throws `TOO_MANY_BATCHES`. */
export function batchCalendar(settings: BatchSettings, now: Date): BatchCalendar {
  const { size, lookback, only, exactly } = settings
  const first = startOfBatch(new Date(settings.begin), size)
  const all = batchesBetween(first, now, settings)
  const again =
    exactly?.map((start) => new Date(start)) ??
    (only === undefined ? all.slice(-1 - lookback) : asked(only, now, settings))
  const last = all.at(-1)
  return {
    all,
    again,
    span: { from: textOf(first), to: textOf(last === undefined ? first : endOf(last, size)) },
  }
}

function asked(
  { from, to }: NonNullable<BatchSettings['only']>,
  now: Date,
  settings: BatchSettings,
): readonly Date[] {
  const end = to === null ? now : new Date(Date.parse(to) - 1)
  return batchesBetween(startOfBatch(new Date(from), settings.size), end, settings)
}

/** Those that begin at `first` and later, up to the one that holds `last`. */
function batchesBetween(first: Date, last: Date, { size, begin }: BatchSettings): readonly Date[] {
  const found: Date[] = []
  for (let start = first; start <= last; start = endOf(start, size)) {
    if (found.length === most) throw tooMany(size, begin)
    found.push(start)
  }
  return found
}

export function windowOf(start: Date, size: BatchSize): TimeWindow {
  return { from: textOf(start), to: textOf(endOf(start, size)) }
}

export function endOf(start: Date, size: BatchSize): Date {
  const end = new Date(start)
  if (size === 'hour') end.setUTCHours(end.getUTCHours() + 1)
  else if (size === 'day') end.setUTCDate(end.getUTCDate() + 1)
  else if (size === 'month') end.setUTCMonth(end.getUTCMonth() + 1)
  else end.setUTCFullYear(end.getUTCFullYear() + 1)
  return end
}

export function startOfBatch(moment: Date, size: BatchSize): Date {
  const start = new Date(moment)
  start.setUTCMinutes(0, 0, 0)
  if (size !== 'hour') start.setUTCHours(0)
  if (size === 'month' || size === 'year') start.setUTCDate(1)
  if (size === 'year') start.setUTCMonth(0)
  return start
}

/** `2024-01-31 00:00:00`, as Postgres reads and writes a timestamp. */
export function textOf(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ')
}

/** For people: as much of its beginning as tells it from others of its size. */
export function batchName(start: Date, size: BatchSize): string {
  const characters = { hour: 13, day: 10, month: 7, year: 4 }[size]
  return textOf(start).slice(0, characters) + (size === 'hour' ? ':00' : '')
}

function tooMany(size: BatchSize, begin: string): StrataError {
  return new StrataError({
    code: 'TOO_MANY_BATCHES',
    message: `there are more than ${most} batches of one ${size} since ${begin.slice(0, 10)}`,
    hint: 'Take a larger batch_size, or a later begin.',
  })
}
