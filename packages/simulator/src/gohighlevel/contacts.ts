import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { femaleNames, lastNames, maleNames } from '../content/fictitious.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import type { SimulatedRecord } from '../content/value.ts'
import type { Schema, StampedCollection } from '../entities/collection.ts'
import type { Origin, Patients } from '../entities/patients.ts'

// Known of a real contact are these fields by name. How each is filled is an assumption, and there are more.
const schema: Schema = {
  id: 'number',
  locationId: 'string',
  contactName: 'string',
  firstName: 'string',
  lastName: 'string',
  email: 'string',
  phone: 'string',
  tags: 'collection',
  source: 'string',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const FIRST_ID = 700_001
const PERIOD = 40 * DAY
const NEW_SHARE_PER_DAY = 0.004
const tags = ['newsletter', 'asthma', 'migraine', 'diabetes', 'called back', 'no show', 'günstig']

/** So many of them become patients of a clinic. */
const PATIENT_SHARE = 0.75
/** An advertisement brings most of those who never come. */
const originsOfOthers: readonly Origin[] = ['web form', 'facebook', 'facebook', 'facebook', 'referral', null]

/**
 * People who left their address on a web page, oldest first, under numbers that no client sees. `clinics`: whose patients most of them
 * became some days later.
 */
export function createContacts(
  key: Key,
  stock: number,
  locationId: string,
  clinics: readonly Patients[] = [],
): StampedCollection {
  const interval = DAY / (NEW_SHARE_PER_DAY * stock)
  const arrivals: Arrivals = { key, stock, history: 700 * DAY, interval, start: EPOCH }
  const lifeOf = (index: number): Life => ({
    key: deriveKey(key, FIRST_ID + index),
    created: createdAt(arrivals, index),
    period: PERIOD,
  })
  return {
    name: 'Contacts',
    schema,
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const life = lifeOf(index)
      return { id: FIRST_ID + index, createdDate: life.created, modifiedDate: revisionAt(life, now).at }
    },
    record(index, now) {
      const life = lifeOf(index)
      const became = becameOf(life, clinics, revisionAt(life, now).at)
      return describe(FIRST_ID + index, life, locationId, became, now)
    },
  }
}

/** The patient that a contact became. */
interface Became {
  /** As the clinic knew him when the contact last changed. */
  readonly patient: SimulatedRecord
  readonly origin: Origin
}

/** Null: it became none. */
function becameOf({ key, created }: Life, clinics: readonly Patients[], changed: number): Became | null {
  if (clinics.length === 0 || !drawChance(key, 20, PATIENT_SHARE)) return null
  const patients = drawItem(key, 21, clinics)
  const arrival = created + drawInteger(key, 22, 1, 40) * DAY
  const index =
    arrival < EPOCH ? Math.min(patients.stockBy(arrival), patients.stock - 1) : patients.count(arrival) - 1
  const patient = patients.record(index, Math.max(changed, patients.createdAt(index)))
  return { patient, origin: patients.originOf(index) }
}

function describe(
  id: number,
  life: Life,
  locationId: string,
  became: Became | null,
  now: number,
): SimulatedRecord {
  const { key } = life
  const patient = became?.patient
  const revision = revisionAt(life, now)
  const state = deriveKey(key, 500 + revision.number)
  const firstName =
    (patient?.['firstName'] as string | undefined) ??
    drawItem(key, 2, drawChance(key, 1, 0.5) ? femaleNames : maleNames)
  const lastName = (patient?.['lastName'] as string | undefined) ?? drawItem(key, 3, lastNames)
  return {
    id,
    locationId,
    contactName: `${firstName} ${lastName}`.toLowerCase(),
    firstName,
    lastName,
    email: drawChance(key, 4, 0.1) ? null : (patient?.['email'] ?? `contact.${id}@example.org`),
    phone: drawChance(key, 5, 0.2)
      ? null
      : `+1555010${String(drawInteger(key, 6, 0, 9999)).padStart(4, '0')}`,
    tags: tags.filter((_, position) => drawChance(state, 10 + position, 0.25)),
    source: became === null ? drawItem(key, 7, originsOfOthers) : became.origin,
    createdDate: dateTimeText(life.created),
    modifiedDate: dateTimeText(revision.at),
  }
}
