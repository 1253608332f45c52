import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawUnit, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { type Life, reachedAt, revisionAt, revisionStart } from '../content/revision.ts'
import type { SimulatedRecord } from '../content/value.ts'
import { lastDayOf } from '../course/schedule.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Origin, Patients } from './patients.ts'
import type { Study } from './studies.ts'
import { idInStudy, studyEntity } from './study-arrivals.ts'

// Nothing is known of a real subject but that it belongs to a study. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  subjectNumber: 'string',
  status: 'string',
  patient: { id: 'number' },
  study: { id: 'number', name: 'string' },
  screeningDate: 'date',
  enrollmentDate: 'date',
  lastContactDate: 'date',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

/** Three in a hundred change on a day. */
const PERIOD = 30 * DAY

/** Shares of the screened who are not eligible, by what brought them: many come by an advertisement whom it does not suit. */
const screenFailures = { facebook: 0.45, 'web form': 0.3, referral: 0.18, unknown: 0.28 } as const

type Way = Pick<Subject, 'path' | 'changes'>

/** One way through a study: these steps, each with the change of this number. */
export interface Subject {
  readonly id: number
  readonly index: number
  /** Index of the patient. */
  readonly patient: number
  readonly life: Life
  readonly path: readonly string[]
  readonly changes: readonly number[]
}

export interface Subjects extends StampedCollection {
  /** Subjects that are there at the epoch. */
  readonly stock: number
  subject(index: number): Subject
}

export const subjects = studyEntity(
  { path: '/studies/{studyId}/subjects/odata', title: 'Subjects', schema },
  ({ subjects }) => subjects,
)

/** When the subject takes a step of its path (two at once, it may be), ms; never where the path ends before. */
export function steppedAt({ life, changes }: Subject, step: number): number {
  const change = changes[step]
  return change === undefined ? Number.POSITIVE_INFINITY : reachedAt(life, change)
}

/** The time (ms) of whose day the record tells that the step was taken on it. */
export function stepDate({ life, changes }: Subject, step: number): number {
  return revisionStart(life, changes[step]!)
}

/** No subject takes longer from its creation to its enrollment, ms. */
export const longestScreening = 2 * PERIOD

/** No subject of a study stays longer, ms. `key`: that of the study. */
export function longestCourse(key: Key): number {
  return lastChange(key) * PERIOD
}

/** The subjects of one study. Within a study, each is another patient. */
export function createSubjects(study: Study, patients: Patients): Subjects {
  const { opensAt, plannedClose, closesAt } = study
  const lastBirth = Math.min(closesAt, EPOCH)
  /** Who was a patient while it took subjects. */
  const choice = patients.stockBy(lastBirth)
  const progress = Math.min((lastBirth - opensAt) / (plannedClose - opensAt), 1)
  const size = Math.max(Math.round(study.subjects * progress), 1)
  const atEpoch = opensAt < lastBirth ? Math.min(size, choice) : 0
  // Not faster than patients come: see patientOf.
  const interval = Math.max((plannedClose - opensAt) / Math.max(study.subjects, 1), patients.interval)
  const arrivals: Arrivals = {
    key: deriveKey(study.key, 21),
    stock: atEpoch,
    history: 0,
    interval: closesAt === Number.POSITIVE_INFINITY ? interval : Number.POSITIVE_INFINITY,
    start: Math.max(EPOCH, opensAt),
  }
  const patientOf = patientChooser(study, arrivals, patients, Math.max(choice, 1))
  const idOf = (index: number): number => idInStudy(study, index)
  const lifeOf = (index: number): Life => {
    const key = deriveKey(arrivals.key, idOf(index))
    return { key, created: bornAt(index, key), period: PERIOD, isOfWeekdays: true }
  }
  const bornAt = (index: number, key: Key): number => {
    if (index >= atEpoch) return createdAt(arrivals, index)
    const earliest = Math.max(patients.createdAt(patientOf(index)), opensAt)
    // A study takes more and more of them, as its sites learn to find them.
    const part = drawChance(key, 5, 0.4) ? Math.max(drawUnit(key, 1), drawUnit(key, 6)) : drawUnit(key, 1)
    return earliest + Math.floor(part * (lastBirth - earliest))
  }

  const subjectOf = (index: number): Subject => {
    const life = lifeOf(index)
    const patient = patientOf(index)
    return {
      id: idOf(index),
      index,
      patient,
      life,
      ...wayOf(life.key, study.key, patients.originOf(patient)),
    }
  }

  return {
    name: subjects.title,
    schema,
    stock: atEpoch,
    subject: subjectOf,
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const life = lifeOf(index)
      return { id: idOf(index), createdDate: life.created, modifiedDate: revisionAt(life, now).at }
    },
    record(index, now) {
      const life = lifeOf(index)
      const way = wayOf(life.key, study.key, patients.originOf(patientOf(index)))
      const { status, ...rest } = progressOf(life, way, now)
      return {
        id: idOf(index),
        subjectNumber: `${study.reference.id}-${String(index + 1).padStart(4, '0')}`,
        status,
        patient: { id: patients.idOf(patientOf(index)) },
        study: study.reference,
        ...rest,
      }
    },
  }
}

/**
 * Who the subjects of a study are: a walk through the patients of the epoch by a step that shares no divisor with
 * their number, so nobody comes twice; among the new subjects, every other is the newest patient at the start of its
 * interval. As subjects come no faster than patients, two of these intervals hold a new patient: nobody twice again.
 */
function patientChooser(
  study: Study,
  arrivals: Arrivals,
  patients: Patients,
  stock: number,
): (index: number) => number {
  const offset = Math.floor(drawUnit(study.key, 22) * stock)
  let step = 1 + Math.floor(drawUnit(study.key, 23) * stock)
  while (greatestCommonDivisor(step, stock) > 1) step += 1

  return (index) => {
    const fresh = index - arrivals.stock
    if (fresh > 0 && fresh % 2 === 1) {
      const newest = patients.count(arrivals.start + Math.floor(fresh * arrivals.interval)) - 1
      if (newest >= patients.stock) return newest
    }
    return (offset + index * step) % stock
  }
}

/** Status and dates as far as a subject has come. */
function progressOf(
  life: Life,
  { path, changes }: Way,
  now: number,
): SimulatedRecord & { readonly status: string } {
  const revision = revisionAt(life, now)
  const step = changes.findLastIndex((change) => change <= revision.number)
  const reached = (target: number): string | null =>
    step >= target ? dateText(revisionStart(life, changes[target]!)) : null
  return {
    status: path[step]!,
    screeningDate: reached(1),
    enrollmentDate: path[2] === 'Enrolled' ? reached(2) : null,
    // What every change touches.
    lastContactDate: dateText(revision.at),
    createdDate: dateTimeText(life.created),
    modifiedDate: dateTimeText(revision.at),
  }
}

/** A subject takes one of three ways. Who stays to the end leaves after the last visit. */
function wayOf(key: Key, study: Key, origin: Origin): Way {
  if (drawChance(key, 2, screenFailures[origin ?? 'unknown']))
    return { path: ['Prescreened', 'Screened', 'Screen Failed'], changes: [0, 1, 2] }
  const last = lastChange(study)
  return drawChance(key, 3, 0.16)
    ? {
        path: ['Prescreened', 'Screened', 'Enrolled', 'Withdrawn'],
        changes: [0, 1, 2, drawInteger(key, 4, 3, last)],
      }
    : {
        path: ['Prescreened', 'Screened', 'Enrolled', 'Randomized', 'Completed'],
        changes: [0, 1, 2, 3, last],
      }
}

/** The change with which a subject has completed the study. Between two changes that are so many apart lies at least one period less. */
function lastChange(study: Key): number {
  return 2 + Math.ceil(((lastDayOf(study) + 16) * DAY) / PERIOD) + 1
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right)
}
