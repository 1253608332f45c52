import { DAY, EPOCH } from '../content/epoch.ts'
import type { Studies } from '../entities/studies.ts'
import { type Subject, steppedAt } from '../entities/subjects.ts'
import type { Conduct } from './conduct.ts'

/** What makes others write records of a subject. `ended`: it failed the screening, withdrew or completed the study. */
export type StepKind = (typeof kinds)[number]

export interface Step {
  /** Its place among all steps of the instance. */
  readonly number: number
  readonly kind: StepKind
  /** ms */
  readonly at: number
  readonly conduct: Conduct
  readonly subject: Subject
}

/** The steps of all subjects of an instance, in the order of time; a later one never comes before an earlier one. */
export interface Steps {
  /** How many have been taken by a time (ms). */
  count(now: number): number
  /** One that has been counted. */
  step(number: number): Step
  /** What is known of it without its subject. */
  outline(number: number): { readonly kind: StepKind; readonly conduct: Conduct }
  /** Where this step of a subject stands; null where it has not been taken by a time (ms). */
  find(kind: StepKind, conduct: Conduct, subject: Subject, now: number): number | null
}

const kinds = ['prescreened', 'screened', 'enrolled', 'ended'] as const
/** So much is found out at once: each time all subjects are looked at. */
const STRIDE = 50 * DAY

/**
 * Subjects move at times of their own, so the order of their steps is no closed form. It is held as an index, sixteen
 * bytes a step, up to some days ahead of the latest time that was asked for.
 */
export function createSteps(studies: Studies, conduct: (index: number) => Conduct): Steps {
  let known = { times: new Float64Array(0), studies: new Uint32Array(0), places: new Uint32Array(0) }
  let horizon = Number.NEGATIVE_INFINITY
  let last: Step | null = null

  const lookAhead = (now: number): void => {
    if (now < horizon) return
    const until = EPOCH + (Math.floor((now - EPOCH) / STRIDE) + 1) * STRIDE
    known = joined(known, sorted(stepsBetween(horizon, until)))
    horizon = until
  }
  /** From the first time on, before the second. */
  const stepsBetween = (from: number, until: number): Found => {
    const found: Found = { times: [], studies: [], places: [] }
    for (let study = 0; study < studies.count(until); study += 1) {
      const { subjects } = conduct(study)
      for (let index = 0; index < subjects.count(until); index += 1) {
        const subject = subjects.subject(index)
        for (const [kind, name] of kinds.entries()) {
          const at = timeOf(subject, name)
          if (at < from || at >= until) continue
          found.times.push(at)
          found.studies.push(study)
          found.places.push(index * kinds.length + kind)
        }
      }
    }
    return found
  }
  const firstFrom = (time: number): number => {
    let [low, high] = [0, known.times.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (known.times[middle]! < time) low = middle + 1
      else high = middle
    }
    return low
  }
  const outline = (number: number) => ({
    kind: kinds[known.places[number]! % kinds.length]!,
    conduct: conduct(known.studies[number]!),
  })

  return {
    count(now) {
      lookAhead(now)
      return firstFrom(now + 1)
    },
    outline,
    step(number) {
      // The records of one step are mostly asked for together.
      if (last?.number === number) return last
      const subject = Math.floor(known.places[number]! / kinds.length)
      const own = outline(number)
      last = {
        number,
        ...own,
        at: known.times[number]!,
        subject: own.conduct.subjects.subject(subject),
      }
      return last
    },
    find(kind, { study }, subject, now) {
      const at = timeOf(subject, kind)
      if (at > now) return null
      lookAhead(now)
      const place = subject.index * kinds.length + kinds.indexOf(kind)
      let number = firstFrom(at)
      while (known.studies[number] !== study.index || known.places[number] !== place) number += 1
      return number
    },
  }
}

/** When a subject takes a step; infinite where it never does. */
export function timeOf(subject: Subject, kind: StepKind): number {
  const { path } = subject
  if (kind === 'prescreened') return subject.life.created
  if (kind === 'screened') return steppedAt(subject, 1)
  if (kind === 'ended') return steppedAt(subject, path.length - 1)
  return path[2] === 'Enrolled' ? steppedAt(subject, 2) : Number.POSITIVE_INFINITY
}

interface Found {
  readonly times: number[]
  readonly studies: number[]
  readonly places: number[]
}

/** Those of one time by study and subject. */
function sorted({ times, studies, places }: Found): Found {
  const order = Uint32Array.from(times, (_, index) => index).sort(
    (left, right) =>
      times[left]! - times[right]! || studies[left]! - studies[right]! || places[left]! - places[right]!,
  )
  const inOrder = (values: readonly number[]) => Array.from(order, (index) => values[index]!)
  return { times: inOrder(times), studies: inOrder(studies), places: inOrder(places) }
}

function joined(
  known: { times: Float64Array; studies: Uint32Array; places: Uint32Array },
  found: Found,
): { times: Float64Array<ArrayBuffer>; studies: Uint32Array<ArrayBuffer>; places: Uint32Array<ArrayBuffer> } {
  const size = known.times.length + found.times.length
  const times = new Float64Array(size)
  const studies = new Uint32Array(size)
  const places = new Uint32Array(size)
  times.set(known.times)
  times.set(found.times, known.times.length)
  studies.set(known.studies)
  studies.set(found.studies, known.studies.length)
  places.set(known.places)
  places.set(found.places, known.places.length)
  return { times, studies, places }
}
