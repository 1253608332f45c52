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
import { longestCourse } from './subjects.ts'

/** What other records need to know of their study. */
export interface Study {
  readonly key: Key
  readonly index: number
  readonly created: number
  /** Stands in every subject too, so it never changes. */
  readonly reference: { readonly id: number; readonly name: string }
  /** From when on it takes subjects. All times in ms. */
  readonly opensAt: number
  /** Until when it is to take them. */
  readonly plannedClose: number
  /** From when on it takes no more; infinite where it takes some at the epoch, or later. */
  readonly closesAt: number
  /** When the last of them has left; infinite likewise. */
  readonly endsAt: number
  /** How many it is to have had when it closes. */
  readonly subjects: number
}

/** Where a study is in its life; its status moves within the stage. Only an enrolling study gets new subjects. */
type Stage = 'planned' | 'enrolling' | 'follow_up' | 'closed'

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
const SUBJECTS_PER_PATIENT = 0.36
/** So many of them are enrolled, more or less; the others fail the screening, or never come to it. */
const ENROLLED_SHARE = 0.68

const statuses: { readonly [stage in Stage]: readonly string[] } = {
  planned: ['01. Prospect', '02. Feasibility', '04. Start-Up'],
  enrolling: ['07. Enrollment'],
  follow_up: ['08. Enrollment Closed', '09. Follow-Up'],
  closed: ['10. Close-Out', '11. Closed'],
}

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
    find(id, now) {
      const index = (id - FIRST_ID) / ID_STEP
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
    status: statusAt(study, modified),
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
function courseOf(
  key: Key,
  created: number,
  isOpen: boolean,
): Pick<Study, 'opensAt' | 'plannedClose' | 'closesAt' | 'endsAt'> {
  const opensAt = created + drawInteger(key, 5, 65, 200) * DAY
  const plannedClose = opensAt + drawInteger(key, 12, 300, 600) * DAY
  const closesAt = isOpen || plannedClose > EPOCH ? Number.POSITIVE_INFINITY : plannedClose
  return { opensAt, plannedClose, closesAt, endsAt: closesAt + longestCourse(key) }
}

/** What comes at its time is a change, as all others are. */
function modifiedAt({ opensAt, closesAt, endsAt }: Study, life: Life, now: number): number {
  return latest(now, revisionAt(life, now).at, opensAt, closesAt, endsAt)
}

/** By the time of the last change: it never changes without one. */
function statusAt({ created, opensAt, closesAt, endsAt }: Study, modified: number): string {
  const [stage, from, until]: readonly [Stage, number, number] =
    modified < opensAt
      ? ['planned', created, opensAt]
      : modified < closesAt
        ? ['enrolling', opensAt, closesAt]
        : modified < endsAt
          ? ['follow_up', closesAt, endsAt]
          : ['closed', endsAt, endsAt + 180 * DAY]
  const words = statuses[stage]
  const part = Math.floor(((modified - from) / (until - from)) * words.length)
  return words[Math.min(part, words.length - 1)]!
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
