import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, drawUnit, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { indications, sponsors } from '../content/fictitious.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import { hundredths, type SimulatedRecord } from '../content/value.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'
import type { Sites } from './sites.ts'

/** What other records need to know of their study. */
export interface Study {
  readonly key: Key
  readonly index: number
  readonly created: number
  /** Stands in every subject too, so it never changes. */
  readonly reference: { readonly id: number; readonly name: string }
  readonly stage: Stage
  /** Size relative to the average study. */
  readonly weight: number
}

/** Where a study is in its life; its status moves within the stage. Only an enrolling study gets new subjects. */
export type Stage = 'planned' | 'enrolling' | 'closed'

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
/** A study opens every ten days for each twenty there are. */
const NEW_SHARE_PER_DAY = 0.005

const statuses: { readonly [stage in Stage]: readonly string[] } = {
  planned: ['01. Prospect', '02. Feasibility', '04. Start-Up'],
  enrolling: ['07. Enrollment'],
  closed: ['08. Enrollment Closed', '09. Follow-Up', '10. Close-Out', '11. Closed'],
}

export const studies = rootEntity(
  { path: '/studies/odata', title: 'Studies', schema },
  (world) => world.studies,
)

export function createStudies(key: Key, stock: number, sites: Sites): Studies {
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
    stage: stageOf(keyOf(index), index, stock),
    weight: 0.2 + 1.6 * drawUnit(keyOf(index), 1),
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
        modifiedDate: revisionAt(life, now).at,
      }
    },
    record: (index, now) => describe(study(index), lifeOf(index), now, sites),
  }
}

function describe(study: Study, life: Life, now: number, sites: Sites): SimulatedRecord {
  const { key, stage } = study
  const revision = revisionAt(life, now)
  const indication = drawItem(key, 3, indications)
  const sponsor = drawInteger(key, 4, 0, sponsors.length - 1)
  const started = study.created + Math.floor(drawUnit(key, 5) * 0.5 * Math.max(0, EPOCH - study.created))
  return {
    ...study.reference,
    status: statuses[stage][Math.min(Math.floor(revision.number / 2), statuses[stage].length - 1)]!,
    protocolNumber: protocolOf(key, study.index),
    phase: drawItem(key, 8, ['Phase 1', 'Phase 2', 'Phase 2', 'Phase 3', 'Phase 3', 'Phase 4']),
    therapeuticArea: indication[0],
    indication: indication[1],
    sponsor: { id: 51 + sponsor, name: sponsors[sponsor]! },
    siteIds: sitesOf(key, sites).map((index) => sites.reference(index).id),
    // What every change touches: the target is raised.
    targetEnrollment: drawInteger(key, 9, 4, 40) * 5 + revision.number,
    subjectPayment: drawChance(key, 10, 0.15) ? null : hundredths(drawInteger(key, 11, 50, 600) * 50),
    startDate: stage === 'planned' ? null : dateText(started),
    endDate:
      stage === 'closed' ? dateText(started + Math.floor(drawUnit(key, 12) * (EPOCH - started))) : null,
    createdDate: dateTimeText(life.created),
    modifiedDate: dateTimeText(revision.at),
  }
}

function sitesOf(key: Key, sites: Sites): readonly number[] {
  const count = sites.count(EPOCH)
  const first = drawInteger(key, 6, 0, count - 1)
  const used = Math.min(count, drawInteger(key, 7, 1, 3))
  return Array.from({ length: used }, (_, offset) => (first + offset) % count)
}

/** The first study enrols, so that even the smallest world moves; a new one does, so that it gets subjects. */
function stageOf(key: Key, index: number, stock: number): Stage {
  if (index === 0 || index >= stock) return 'enrolling'
  const share = drawUnit(key, 2)
  return share < 0.15 ? 'planned' : share < 0.7 ? 'enrolling' : 'closed'
}

function nameOf(key: Key, index: number): string {
  return `${protocolOf(key, index)} ${drawItem(key, 3, indications)[1]}`
}

function protocolOf(key: Key, index: number): string {
  const letters = sponsors[drawInteger(key, 4, 0, sponsors.length - 1)]!.slice(0, 3).toUpperCase()
  return `${letters}-${String(index + 1).padStart(3, '0')}`
}
