import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const serverTime = new Date('2026-03-01T12:00:00Z')

test('reads seconds and dates, the dates by the clock of the server', () => {
  expect(retryAfterMs('120', serverTime)).toBe(120_000)
  expect(retryAfterMs(' 1.5 ', serverTime)).toBe(1500)
  expect(retryAfterMs('Sun, 01 Mar 2026 12:00:30 GMT', serverTime)).toBe(30_000)
  expect(retryAfterMs('Sun, 01 Mar 2026 11:00:00 GMT', serverTime)).toBe(0)
})

test('makes nothing of what is neither', () => {
  for (const value of ['', 'soon', '-5', '12 or so'])
    expect([value, retryAfterMs(value, serverTime)]).toEqual([value, null])
})
