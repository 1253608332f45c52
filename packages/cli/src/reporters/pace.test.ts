import type { Event } from '@strata/core'
import { expect, test } from 'vitest'
import { createJsonReporter } from './json.ts'
import { describePace, describeSlices, paceOf } from './pace.ts'
import { createProgressLines } from './progress-lines.ts'

test('a pace is records a second, and the time that the rest takes', () => {
  expect(paceOf({ fetched: 4200 }, 42_000, 2000)).toEqual({ perSecond: 2100, secondsLeft: 18 })
  expect(paceOf({ fetched: 4200 }, null, 2000)).toEqual({ perSecond: 2100, secondsLeft: null })
  expect(paceOf({ fetched: 5 }, 3, 2000)).toEqual({ perSecond: 2.5, secondsLeft: 0 })
})

test('the first second and other steps have no pace', () => {
  expect(paceOf({ fetched: 4200 }, null, 900)).toBeNull()
  expect(paceOf({ rows: 4200 }, null, 9000)).toBeNull()
})

test('it reads well', () => {
  expect(describePace({ perSecond: 2100, secondsLeft: 65 })).toBe('2,100/s, 1m 05s left')
  expect(describePace({ perSecond: 2.5, secondsLeft: 0 })).toBe('2.5/s')
  expect(describeSlices({ done: 1234, of: 5000, perSecond: 210, secondsLeft: 18 })).toBe(
    '1,234 of 5,000 slices, 210/s, 18.0s left',
  )
  expect(describeSlices({ done: 0, of: 5, perSecond: 0, secondsLeft: null })).toBe('0 of 5 slices')
})

const started: Event = { kind: 'step_started', id: 'j', stepKind: 'job', name: 'crm.visits', at: '' }
const progress = (fetched: number, more: object = {}): Event => ({
  kind: 'step_progress',
  id: 'j',
  counts: { fetched },
  ...more,
})

test('JSON lines of a job carry counts, rate and the time that is left', () => {
  const lines: string[] = []
  let time = 0
  const terminal = { out: (text: string) => lines.push(text), err() {}, interactive: false }
  const reporter = createJsonReporter(
    { ...terminal, outIsTerminal: false, color: false, columns: 80 },
    () => time,
  )
  reporter.emit(started)
  time = 2000
  reporter.emit(progress(3000, { expected: 6000 }))
  expect(JSON.parse(lines[1]!)).toEqual({
    ...progress(3000),
    expected: 6000,
    perSecond: 1500,
    secondsLeft: 2,
  })
})

test('a log says every half minute how far a long job is', () => {
  const lines: string[] = []
  let time = 0
  const emit = createProgressLines(
    (line) => lines.push(line),
    () => time,
  )
  emit(started)
  for (time = 1000; time <= 65_000; time += 1000) emit(progress(time, { expected: 130_000 }))
  emit({ ...progress(1), id: 'unknown' } as Event)
  expect(lines).toEqual([
    'crm.visits: 30,000 fetched of 130,000, 1,000/s, 1m 40s left.',
    'crm.visits: 60,000 fetched of 130,000, 1,000/s, 1m 10s left.',
  ])
})
