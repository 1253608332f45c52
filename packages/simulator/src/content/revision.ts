import { drawUnit, type Key } from './draw.ts'
import { DAY, EPOCH, isOfWeekend } from './epoch.ts'

/** The state in which a record is at some time. */
export interface Revision {
  /** 0 from the creation on; grows with each change, not always by one. */
  readonly number: number
  /** When the record came into this state, ms. */
  readonly at: number
}

/** A record's life: it changes once in each period, at a drawn moment of it, from its creation on. Times in ms. */
export interface Life {
  readonly key: Key
  readonly created: number
  /** Some days at least. */
  readonly period: number
  /** It changes on days from Monday to Friday alone. */
  readonly isOfWeekdays?: boolean
}

/** Apart from the salts by which fields are drawn: when a record changes must tell nothing of what it holds. */
const CHANGE_SALT = 1_000_000

/** The state at a time not before the creation, found without walking through the states before. */
export function revisionAt(life: Life, now: number): Revision {
  const cycle = cycleOf(life, now)
  let at = changeIn(life, cycle)
  let number = cycle - cycleOf(life, life.created) + 1
  if (at > now) {
    at = changeIn(life, cycle - 1)
    number -= 1
  }
  return at > life.created ? { number, at } : { number: 0, at: life.created }
}

/** When the state of this number began, or would have: never before the creation. */
export function revisionStart(life: Life, number: number): number {
  return Math.max(life.created, changeIn(life, cycleOf(life, life.created) + number - 1))
}

/** When the record comes into the state of this number, or passes it by: a record's first change may be its second. */
export function reachedAt(life: Life, number: number): number {
  if (number === 0) return life.created
  const cycle = cycleOf(life, life.created) + number - 1
  const at = changeIn(life, cycle)
  return at > life.created ? at : changeIn(life, cycle + 1)
}

function cycleOf(life: Life, time: number): number {
  return Math.floor((time - EPOCH) / life.period)
}

function changeIn(life: Life, cycle: number): number {
  const start = EPOCH + cycle * life.period
  const drawn = start + Math.floor(drawUnit(life.key, CHANGE_SALT + cycle) * life.period)
  if (life.isOfWeekdays !== true || !isOfWeekend(drawn)) return drawn
  // Two days lead from a weekend into the week, either way.
  return drawn - 2 * DAY >= start ? drawn - 2 * DAY : drawn + 2 * DAY
}
