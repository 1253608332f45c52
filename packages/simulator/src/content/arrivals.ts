import { deriveKey, drawUnit, type Key } from './draw.ts'
import { EPOCH } from './epoch.ts'

/** How the records of a collection come into being, in index order: a stock, then one in each interval. Times in ms. */
export interface Arrivals {
  readonly key: Key
  /** Records that are there at the epoch. */
  readonly stock: number
  /** The stock was created evenly over this long before the epoch. */
  readonly history: number
  /** Time between two new records; infinite where none come. */
  readonly interval: number
  /** Earliest time of a new record. */
  readonly start: number
}

/** When the record of this index is (or will be) created. Grows with the index. */
export function createdAt(arrivals: Arrivals, index: number): number {
  const { key, stock, history, interval, start } = arrivals
  const jitter = drawUnit(deriveKey(key, index), 0)
  return index < stock
    ? EPOCH - Math.ceil(history * (1 - (index + jitter) / stock))
    : start + Math.ceil((index - stock + jitter) * interval)
}

/** How many records exist at this time: those of the indexes below. */
export function countAt(arrivals: Arrivals, now: number): number {
  const { stock, interval, start } = arrivals
  if (interval === Number.POSITIVE_INFINITY || now < start) return stock
  // One slot too far on purpose: rounding of the division must not decide.
  let index = stock + Math.floor((now - start) / interval) + 1
  while (index >= stock && createdAt(arrivals, index) > now) index -= 1
  return index + 1
}
