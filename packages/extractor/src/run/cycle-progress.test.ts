import type { SliceProgress } from '@strata/core'
import { expect, test } from 'vitest'
import { createCycleProgress } from './cycle-progress.ts'

function progressAt() {
  let now = 0
  const told: (SliceProgress | null)[] = []
  const progress = createCycleProgress(
    () => new Date(now),
    () => told.push(progress.current),
  )
  return { progress, told, wait: (milliseconds: number) => (now += milliseconds) }
}

test('the slices of all instances are added up, and the rate is that of this run alone', () => {
  const { progress, told, wait } = progressAt()
  expect(progress.current).toBeNull()
  const [north, south] = [progress.of(1), progress.of(2)]
  // An earlier run has done 600 of them.
  north({ done: 600, of: 1000 })
  expect(told).toEqual([{ done: 600, of: 1000, perSecond: 0, secondsLeft: null }])
  wait(1000)
  south({ done: 0, of: 200 })
  wait(1000)
  north({ done: 650, of: 1000 })
  wait(2000)
  south({ done: 50, of: 200 })
  expect(told.at(-1)).toEqual({ done: 700, of: 1200, perSecond: 25, secondsLeft: 20 })
})

test('a million slices are told of now and then, and the last of them always', () => {
  const { progress, told, wait } = progressAt()
  const tell = progress.of(1)
  for (let done = 0; done <= 1000; done += 1) {
    tell({ done, of: 1000 })
    wait(1)
  }
  expect(told.map((one) => one?.done)).toEqual([0, 250, 500, 750, 1000])
})
