import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawUnit, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { type Life, reachedAt, revisionAt, revisionStart } from '../content/revision.ts'
import type { SimulatedRecord } from '../content/value.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Patients } from './patients.ts'
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

/** Two in a hundred change on a day. */
const PERIOD = 50 * DAY
const SUBJECTS_PER_PATIENT = 0.7
const NEW_SHARE_PER_DAY = 0.0035

/** One way through a study: these steps, each after so many changes. */
export interface Subject {
  readonly id: number
  readonly index: number
  /** Index of the patient. */
  readonly patient: number
  readonly life: Life
  readonly path: readonly string[]
  readonly changesPerStep: number
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
export function steppedAt({ life, path, changesPerStep }: Subject, step: number): number {
  return step < path.length ? reachedAt(life, step * changesPerStep) : Number.POSITIVE_INFINITY
}

/** The time (ms) of whose day the record tells that the step was taken on it. */
export function stepDate({ life, changesPerStep }: Subject, step: number): number {
  return revisionStart(life, step * changesPerStep)
}

/** The subjects of one study. Within a study, each is another patient. */
export function createSubjects(study: Study, studies: number, patients: Patients): Subjects {
  const size = Math.round(((SUBJECTS_PER_PATIENT * patients.stock) / studies) * study.weight)
  const atEpoch = study.stage !== 'planned' && study.created <= EPOCH ? size : 0
  // Not faster than patients come: see patientOf.
  const interval = Math.max(DAY / (NEW_SHARE_PER_DAY * Math.max(size, 1)), patients.interval)
  const arrivals: Arrivals = {
    key: deriveKey(study.key, 21),
    stock: atEpoch,
    history: 0,
    interval: study.stage === 'enrolling' ? interval : Number.POSITIVE_INFINITY,
    start: Math.max(EPOCH, study.created),
  }
  const patientOf = patientChooser(study, arrivals, patients)
  const idOf = (index: number): number => idInStudy(study, index)
  const lifeOf = (index: number): Life => {
    const key = deriveKey(arrivals.key, idOf(index))
    return { key, created: bornAt(index, key), period: PERIOD }
  }
  const bornAt = (index: number, key: Key): number => {
    if (index >= atEpoch) return createdAt(arrivals, index)
    const earliest = Math.max(patients.createdAt(patientOf(index)), study.created)
    return earliest + Math.floor(drawUnit(key, 1) * (EPOCH - earliest))
  }

  const subjectOf = (index: number): Subject => {
    const life = lifeOf(index)
    const [path, changesPerStep] = [pathOf(life.key), paceOf(life.key)]
    return { id: idOf(index), index, patient: patientOf(index), life, path, changesPerStep }
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
      const { status, ...rest } = progress(life, now)
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
function patientChooser(study: Study, arrivals: Arrivals, patients: Patients): (index: number) => number {
  const { stock } = patients
  const offset = Math.floor(drawUnit(study.key, 22) * stock)
  let step = 1 + Math.floor(drawUnit(study.key, 23) * stock)
  while (greatestCommonDivisor(step, stock) > 1) step += 1

  return (index) => {
    const fresh = index - arrivals.stock
    if (fresh > 0 && fresh % 2 === 1) {
      const newest = patients.count(arrivals.start + Math.floor(fresh * arrivals.interval)) - 1
      if (newest >= stock) return newest
    }
    return (offset + index * step) % stock
  }
}

/** Status and dates: a subject takes one of three ways, a step every few changes. */
function progress(life: Life, now: number): SimulatedRecord & { readonly status: string } {
  const { key, created } = life
  const revision = revisionAt(life, now)
  const path = pathOf(key)
  const changesPerStep = paceOf(key)
  const step = Math.min(Math.floor(revision.number / changesPerStep), path.length - 1)
  const reached = (target: number): string | null =>
    step >= target ? dateText(revisionStart(life, target * changesPerStep)) : null
  return {
    status: path[step]!,
    screeningDate: reached(1),
    enrollmentDate: path[2] === 'Enrolled' ? reached(2) : null,
    // What every change touches.
    lastContactDate: dateText(revision.at),
    createdDate: dateTimeText(created),
    modifiedDate: dateTimeText(revision.at),
  }
}

function paceOf(key: Key): number {
  return drawInteger(key, 4, 1, 6)
}

function pathOf(key: Key): readonly string[] {
  if (drawChance(key, 2, 0.3)) return ['Prescreened', 'Screened', 'Screen Failed']
  return drawChance(key, 3, 0.2)
    ? ['Prescreened', 'Screened', 'Enrolled', 'Withdrawn']
    : ['Prescreened', 'Screened', 'Enrolled', 'Randomized', 'Completed']
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right)
}
