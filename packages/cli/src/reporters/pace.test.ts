import type { Event } from '@strata/core'
import { expect, test } from 'vitest'
import { createJsonReporter } from './json.ts'
import { describePace, describeSlices, paceOf } from './pace.ts'
import { createPaceMeter } from './pace-meter.ts'
import { createProgressLines } from './progress-lines.ts'
import { runningLines } from './running-lines.ts'

test('a pace is records a second, and the time that the rest takes', () => {
  expect(paceOf({ fetched: 4200 }, 42_000, 2000)).toEqual({ perSecond: 2100, secondsLeft: 18 })
  expect(paceOf({ fetched: 4200 }, null, 2000)).toEqual({ perSecond: 2100, secondsLeft: null })
  expect(paceOf({ fetched: 5 }, 3, 2000)).toEqual({ perSecond: 2.5, secondsLeft: 0 })
})

test('the first second and other steps have no pace', () => {
  expect(paceOf({ fetched: 4200 }, null, 900)).toBeNull()
  expect(paceOf({ rows: 4200 }, null, 9000)).toBeNull()
})

test('the pace of a job that waited at first is what it does now', () => {
  let time = 0
  const meter = createPaceMeter(() => time)
  expect(meter.pace(10_000)).toBeNull()
  for (time = 60_000; time <= 90_000; time += 100) meter.take({ fetched: (time - 60_000) / 10 })
  time = 90_000
  expect(meter.pace(10_000)).toEqual({ perSecond: 100, secondsLeft: 70 })
  time = 200_000
  expect(meter.pace(10_000)).toEqual({ perSecond: 0, secondsLeft: null })
})

test('running jobs say in 80 columns how much is left, with shorter names before shorter words', () => {
  const step = {
    label: 'job',
    elapsed: 24_400,
    counts: { fetched: 1950 },
    expected: null,
    batches: null,
    slices: { done: 481, of: 685, perSecond: 20, secondsLeft: 10 },
    pace: null,
    waiting: null,
  }
  const steps = [
    { ...step, name: 'clinical_conductor.patient_visit_elements' },
    { ...step, name: 'crm.contacts', slices: null, expected: 9000, pace: { perSecond: 2, secondsLeft: 61 } },
  ]
  expect(runningLines(steps, 32, 77)).toEqual([
    'job   clinical_c…_elements 1,950 fetched  24.4s  481/685, 10.0s left',
    'job   crm.contacts         1,950 fetched of 9,000  24.4s  2/s, 1m 01s left',
  ])
  expect(runningLines(steps, 41, 110)[0]).toBe(
    'job   clinical_conductor.patient_visit_elements 1,950 fetched  24.4s  481 of 685 slices, 20/s, 10.0s left',
  )
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
