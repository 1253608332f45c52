import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRequestBudget, type RequestBudgetOptions } from './request-budget.ts'

const never = new AbortController().signal
setMaxListeners(0, never)

function budgetOf(over: Partial<RequestBudgetOptions> = {}) {
  return createRequestBudget({ concurrency: 1, intervalMs: 0, window: null, ...over })
}

test('keeps to the number of requests at once', async () => {
  const budget = budgetOf({ concurrency: 2 })
  let [running, most] = [0, 0]
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await delay(5)
    running -= 1
  }
  await Promise.all(Array.from({ length: 7 }, () => budget.run('a', work, never)))
  expect(most).toBe(2)
})

test('keeps the interval between starts', async () => {
  const budget = budgetOf({ concurrency: 5, intervalMs: 20 })
  const starts: number[] = []
  await Promise.all(
    Array.from({ length: 4 }, () => budget.run('a', async (startedAt) => starts.push(startedAt), never)),
  )
  // A timer may come late, and the gap to the next start is smaller then: the whole span holds all intervals.
  expect(starts.at(-1)! - starts[0]!).toBeGreaterThanOrEqual(3 * 20 - 10)
})

test('starts no more requests in a window of time than declared, and no fewer', async () => {
  const budget = budgetOf({ concurrency: 10, window: { requests: 3, perMs: 60 } })
  const starts: number[] = []
  await Promise.all(
    Array.from({ length: 9 }, () => budget.run('a', async (startedAt) => starts.push(startedAt), never)),
  )
  for (const [index, start] of starts.slice(3).entries())
    expect(start - starts[index]!).toBeGreaterThanOrEqual(59)
  // The first three go at once.
  expect(starts[2]! - starts[0]!).toBeLessThan(59)
})

test('lets callers take turns, whatever one of them has asked for ahead', async () => {
  const budget = budgetOf()
  const order: string[] = []
  const ask = (caller: string, name: string) =>
    budget.run(
      caller,
      async () => {
        order.push(name)
        await delay(1)
      },
      never,
    )
  await Promise.all([
    ...['a1', 'a2', 'a3', 'a4'].map((name) => ask('a', name)),
    ...['b1', 'b2'].map((name) => ask('b', name)),
  ])
  expect(order).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4'])
})

test('halves what runs at once when told to slow down, once for all that ran then, and recovers by one', async () => {
  const budget = budgetOf({ concurrency: 8 })
  const most = async () => {
    let [running, peak] = [0, 0]
    await Promise.all(
      Array.from({ length: 16 }, () =>
        budget.run(
          'a',
          async () => {
            running += 1
            peak = Math.max(peak, running)
            await delay(2)
            running -= 1
          },
          never,
        ),
      ),
    )
    return peak
  }
  const startedAt = performance.now()
  await delay(2)
  for (let refused = 0; refused < 5; refused += 1) budget.slowDown(startedAt)
  expect(budget.limit).toBe(4)
  expect(await most()).toBe(4)
  budget.slowDown(performance.now())
  budget.slowDown(performance.now() + 1)
  budget.slowDown(performance.now() + 2)
  budget.slowDown(performance.now() + 3)
  expect(await most()).toBe(1)
  for (let good = 0; good < 10; good += 1) budget.speedUp()
  expect(await most()).toBe(2)
  for (let good = 0; good < 1000; good += 1) budget.speedUp()
  expect(await most()).toBe(8)
})

test('starts nothing during a pause', async () => {
  const budget = budgetOf({ concurrency: 3 })
  const asked = performance.now()
  budget.pause(40)
  const starts = await Promise.all(
    Array.from({ length: 3 }, () => budget.run('a', async (startedAt) => startedAt - asked, never)),
  )
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(39)
})

test('gives the place back when a request fails or is cancelled', async () => {
  const budget = budgetOf()
  await expect(budget.run('a', () => Promise.reject(new Error('no')), never)).rejects.toThrow('no')
  await expect(budget.run('a', async () => 1, AbortSignal.abort())).rejects.toThrow()
  const held = budget.run('a', () => delay(20, 'held'), never)
  const abort = new AbortController()
  const waiting = budget.run('b', async () => 1, abort.signal)
  abort.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  expect(await budget.run('a', async () => 'yes', never)).toBe('yes')
  expect(await held).toBe('held')
})

test('lets a request that holds a place start another one, within the window and before all that wait', async () => {
  const budget = budgetOf({ window: { requests: 2, perMs: 40 } })
  const order: string[] = []
  await Promise.all([
    budget.run(
      'a',
      async () => {
        order.push('first')
        await budget.again(never)
        order.push('again')
        await budget.again(never)
        order.push('and again')
      },
      never,
    ),
    budget.run('a', async () => order.push('second'), never),
  ])
  expect(order).toEqual(['first', 'again', 'and again', 'second'])
})

test('fails at once all that wait when the instance is refused', async () => {
  const budget = budgetOf()
  const held = budget.run('a', () => delay(20, 'held'), never)
  const waiting = [budget.run('a', async () => 1, never), budget.run('b', async () => 1, never)]
  const ends = Promise.allSettled(waiting)
  budget.refuse(new Error('over quota'))
  expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected'])
  expect(await held).toBe('held')
})
