import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRequestBudget } from './request-budget.ts'

const never = new AbortController().signal

test('keeps to the number of requests at once', async () => {
  const budget = createRequestBudget({ concurrency: 2, intervalMs: 0 })
  let [running, most] = [0, 0]
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await delay(5)
    running -= 1
  }
  await Promise.all(Array.from({ length: 7 }, () => budget.run(work, never)))
  expect(most).toBe(2)
})

test('keeps the interval between starts', async () => {
  const budget = createRequestBudget({ concurrency: 5, intervalMs: 20 })
  const starts: number[] = []
  await Promise.all(
    Array.from({ length: 4 }, () => budget.run(async () => starts.push(performance.now()), never)),
  )
  // A timer may come late, and the gap to the next start is smaller then: the whole span holds all intervals.
  expect(starts.at(-1)! - starts[0]!).toBeGreaterThanOrEqual(3 * 20 - 10)
})

test('gives the place back when a request fails or is cancelled', async () => {
  const budget = createRequestBudget({ concurrency: 1, intervalMs: 0 })
  await expect(budget.run(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no')
  await expect(budget.run(async () => 1, AbortSignal.abort())).rejects.toThrow()
  expect(await budget.run(async () => 'yes', never)).toBe('yes')
})
