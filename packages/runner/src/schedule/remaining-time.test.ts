import type { Step } from '@strata/core'
import { expect, it } from 'vitest'
import { remainingTime } from './remaining-time.ts'
import { stepGraph } from './step-graph.ts'

const step = (id: string, parents: readonly string[] = []) => ({ id, parents }) as unknown as Step
const durations = new Map([
  ['a', 100],
  ['b', 100],
  ['c', 300],
])
const graph = stepGraph([step('a'), step('b', ['a']), step('c')], ({ id }) => durations.get(id)!)

it('is no less than the longest way, and no less than what the threads need for all of it', () => {
  expect(remainingTime(graph, 8).estimate(0)).toBe(300)
  expect(remainingTime(graph, 1).estimate(0)).toBe(500)
})

it('does not let jobs take places from the other steps', () => {
  const jobs = { width: 1, isJob: (step: number) => step === 2 }
  expect(remainingTime(graph, 1, jobs).estimate(0)).toBe(300)
  expect(remainingTime(graph, 1, { ...jobs, isJob: (step) => step !== 1 }).estimate(0)).toBe(400)
})

it('goes down while steps run and as they end, and waits for one that takes longer than expected', () => {
  const time = remainingTime(graph, 2)
  time.start(0, 0)
  time.start(2, 0)
  expect(time.estimate(50)).toBe(250)
  time.end(0)
  time.start(1, 100)
  expect(time.estimate(200)).toBe(100)
  time.end(1)
  expect(time.estimate(1_000)).toBe(0)
  time.end(2)
  expect(time.estimate(1_001)).toBe(0)
})

it('says nothing while a step has not ended of which nobody knows how long it takes', () => {
  const time = remainingTime(graph, 2, undefined, (number) => number !== 2)
  expect(time.estimate(0)).toBeNull()
  time.start(2, 0)
  expect(time.estimate(200)).toBeNull()
  time.end(2)
  expect(time.estimate(200)).toBe(200)
})
