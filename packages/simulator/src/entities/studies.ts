import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, drawUnit, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { indications, sponsors } from '../content/fictitious.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import { hundredths, type SimulatedRecord } from '../content/value.ts'
import { latest } from '../course/booking.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'
import type { Sites } from './sites.ts'
import { longestCourse, longestScreening } from './subjects.ts'

/** What other records need to know of their study. */
export interface Study {
  readonly key: Key
  readonly index: number
  readonly created: number
  /** Stands in every subject too, so it never changes. */
  readonly reference: { readonly id: number; readonly name: string }
  /** When its sponsor has asked whether the sites could conduct it, and when it has chosen them. All times in ms. */
  readonly assessedAt: number
  readonly selectedAt: number
  /** From when on it takes subjects. */
  readonly opensAt: number
  /** Until when it is to take them. */
  readonly plannedClose: number
  /** From when on it takes no more; infinite where it takes some at the epoch, or later. */
  readonly closesAt: number
  /** When the last of those are enrolled who are to be; infinite likewise, as are the next two. */
  readonly enrolledAt: number
  /** When the last of them has left. */
  readonly endsAt: number
  readonly archivedAt: number
  /** How many it is to have had when it closes. */
  readonly subjects: number
}

export interface Studies extends StampedCollection {
  /** Studies that are there at the epoch. */
  readonly stock: number
  study(index: number): Study
  /** The study of this id, if it exists by then. */
  find(id: number, now: number): Study | null
  /** Indexes of the sites at which it is conducted. */
  sitesOf(study: Study): readonly number[]
}

// Known of a real study: id, name, status, sponsor.name. Every other field here is an assumption.
const schema: Schema = {
  id: 'number',
  name: 'string',
  status: 'string',
  protocolNumber: 'string',
  phase: 'string',
  therapeuticArea: 'string',
  indication: 'string',
  sponsor: { id: 'number', name: 'string' },
  siteIds: 'collection',
  targetEnrollment: 'number',
  subjectPayment: 'number',
  startDate: 'date',
  endDate: 'date',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

// Far from the serial numbers of a landed table, so that one taken for the other finds no study.
const FIRST_ID = 4001
const ID_STEP = 7
/** Rarely more than three in a day, however many studies there are. */
const CHANGES_PER_DAY = 0.7
/** A study comes every ten days for each twenty there are. */
const NEW_SHARE_PER_DAY = 0.005
const SUBJECTS_PER_PATIENT = 0.39
/** So many of them are enrolled, more or less; the others fail the screening, or never come to it. */
const ENROLLED_SHARE = 0.68

/** By the time from which on a study has it, the last one first. Only an enrolling study gets new subjects. */
const statuses = [
  ['archivedAt', '11. Closed'],
  ['endsAt', '10. Close-Out'],
  ['enrolledAt', '09. Follow-Up'],
  ['closesAt', '08. Enrollment Closed'],
  ['opensAt', '07. Enrollment'],
  ['selectedAt', '04. Start-Up'],
  ['assessedAt', '02. Feasibility'],
] as const

type Course = Pick<Study, (typeof statuses)[number][0] | 'plannedClose'>

export const studies = rootEntity(
  { path: '/studies/odata', title: 'Studies', schema },
  (world) => world.studies,
)

/** `patients`: those of the epoch. */
export function createStudies(key: Key, stock: number, sites: Sites, patients: number): Studies {
  const arrivals: Arrivals = {
    key,
    stock,
    history: 1100 * DAY,
    interval: DAY / (NEW_SHARE_PER_DAY * stock),
    start: EPOCH,
  }
  const period = Math.round((stock * DAY) / CHANGES_PER_DAY)
  const keyOf = (index: number): Key => deriveKey(key, FIRST_ID + index * ID_STEP)
  const lifeOf = (index: number): Life => ({ key: keyOf(index), created: createdAt(arrivals, index), period })
  const indexOf = (id: number): number => (id - FIRST_ID) / ID_STEP
  const study = (index: number): Study => ({
    key: keyOf(index),
    index,
    created: createdAt(arrivals, index),
    reference: { id: FIRST_ID + index * ID_STEP, name: nameOf(keyOf(index), index) },
    ...courseOf(keyOf(index), createdAt(arrivals, index), index === stock >> 1),
    subjects: ((SUBJECTS_PER_PATIENT * patients) / stock) * (0.2 + 1.6 * drawUnit(keyOf(index), 1)),
  })

  return {
    name: studies.title,
    schema,
    stock,
    study,
    sitesOf: ({ key: own }) => sitesOf(own, sites),
    indexOf,
    find(id, now) {
      const index = indexOf(id)
      return Number.isInteger(index) && index >= 0 && index < countAt(arrivals, now) ? study(index) : null
    },
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const life = lifeOf(index)
      return {
        id: FIRST_ID + index * ID_STEP,
        createdDate: life.created,
        modifiedDate: modifiedAt(study(index), life, now),
      }
    },
    record: (index, now) => describe(study(index), lifeOf(index), now, sites),
  }
}

function describe(study: Study, life: Life, now: number, sites: Sites): SimulatedRecord {
  const { key, opensAt, endsAt } = study
  const revision = revisionAt(life, now)
  const modified = modifiedAt(study, life, now)
  const indication = drawItem(key, 3, indications)
  const sponsor = drawInteger(key, 4, 0, sponsors.length - 1)
  return {
    ...study.reference,
    status: statusAt(study, now),
    protocolNumber: protocolOf(key, study.index),
    phase: drawItem(key, 8, ['Phase 1', 'Phase 2', 'Phase 2', 'Phase 3', 'Phase 3', 'Phase 4']),
    therapeuticArea: indication[0],
    indication: indication[1],
    sponsor: { id: 51 + sponsor, name: sponsors[sponsor]! },
    siteIds: sitesOf(key, sites).map((index) => sites.reference(index).id),
    // What every change touches.
    targetEnrollment: targetOf(study) + (revision.number % 3),
    subjectPayment: drawChance(key, 10, 0.15) ? null : hundredths(drawInteger(key, 11, 50, 600) * 50),
    startDate: now < opensAt ? null : dateText(opensAt),
    endDate: now < endsAt ? null : dateText(endsAt),
    createdDate: dateTimeText(life.created),
    modifiedDate: dateTimeText(modified),
  }
}

function sitesOf(key: Key, sites: Sites): readonly number[] {
  const count = sites.count(EPOCH)
  const first = drawInteger(key, 6, 0, count - 1)
  const used = Math.min(count, drawInteger(key, 7, 1, 3))
  return Array.from({ length: used }, (_, offset) => (first + offset) % count)
}

/**
 * It is started up, takes subjects, and ends when the last of them has left. `isOpen`: it takes some at the epoch in any case, so that even
 * the smallest world moves. One that takes some then takes them for ever.
 */
function courseOf(key: Key, created: number, isOpen: boolean): Course {
  const selectedAt = created + drawInteger(key, 13, 30, 60) * DAY
  const opensAt = selectedAt + drawInteger(key, 5, 65, 170) * DAY
  const plannedClose = opensAt + drawInteger(key, 12, 300, 600) * DAY
  const closesAt = isOpen || plannedClose > EPOCH ? Number.POSITIVE_INFINITY : plannedClose
  const endsAt = closesAt + longestCourse(key)
  return {
    assessedAt: created + (selectedAt - created) / 2,
    selectedAt,
    opensAt,
    plannedClose,
    closesAt,
    enrolledAt: closesAt + longestScreening,
    endsAt,
    archivedAt: endsAt + 120 * DAY,
  }
}

/** What comes at its time is a change, as all others are. */
function modifiedAt(study: Study, life: Life, now: number): number {
  return latest(now, revisionAt(life, now).at, ...statuses.map(([from]) => study[from]))
}

function statusAt(study: Study, now: number): string {
  return statuses.find(([from]) => study[from] <= now)?.[1] ?? '01. Prospect'
}

/** Most studies do not quite reach it. */
function targetOf({ key, subjects }: Study): number {
  return Math.max(3, Math.round((ENROLLED_SHARE * subjects) / (0.62 + 0.42 * drawUnit(key, 9))))
}

function nameOf(key: Key, index: number): string {
  return `${protocolOf(key, index)} ${drawItem(key, 3, indications)[1]}`
}

function protocolOf(key: Key, index: number): string {
  const letters = sponsors[drawInteger(key, 4, 0, sponsors.length - 1)]!.slice(0, 3).toUpperCase()
  return `${letters}-${String(index + 1).padStart(3, '0')}`
}
