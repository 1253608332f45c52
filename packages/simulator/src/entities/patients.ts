import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { femaleNames, lastNames, maleNames, streets, towns } from '../content/fictitious.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import { exactNumber, hundredths, type SimulatedRecord } from '../content/value.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'
import type { Sites } from './sites.ts'

export interface Patients extends StampedCollection {
  /** Patients that are there at the epoch. */
  readonly stock: number
  /** Time between two new patients, ms. */
  readonly interval: number
  idOf(index: number): number
  createdAt(index: number): number
  /** How many of the stock were surely there by a time (ms) before the epoch. */
  stockBy(time: number): number
  /** cm */
  heightOf(index: number): number
  originOf(index: number): Origin
}

/** What brought a patient to the clinic; no field of its record tells. */
export type Origin = 'web form' | 'facebook' | 'referral' | null

// Of a real patient only `id` is known for certain. Every other field here is an assumption.
const schema: Schema = {
  id: 'number',
  externalId: 'number',
  firstName: 'string',
  middleName: 'string',
  lastName: 'string',
  dateOfBirth: 'date',
  sex: 'string',
  status: 'string',
  email: 'string',
  phone: 'string',
  smsConsent: 'boolean',
  address1: 'string',
  city: 'string',
  state: 'string',
  postalCode: 'string',
  country: 'string',
  heightCm: 'number',
  weightKg: 'number',
  primarySite: { id: 'number', name: 'string' },
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const FIRST_ID = 100_001
/** One in a hundred changes on a day. */
const PERIOD = 100 * DAY
const NEW_SHARE_PER_DAY = 0.002
/** Above what a double holds, so that a reader who parses it as one is found out. */
const EXTERNAL_ID_BASE = 9_007_199_254_740_993n

const origins: readonly Origin[] = ['web form', 'facebook', 'referral', null]

/** What one change touches: they take turns. */
const aspects = { contact: 0, address: 1, condition: 2 } as const

export const patients = rootEntity(
  { path: '/patients/odata', title: 'Patients', schema },
  (world) => world.patients,
)

export function createPatients(key: Key, stock: number, sites: Sites): Patients {
  const interval = DAY / (NEW_SHARE_PER_DAY * stock)
  const arrivals: Arrivals = { key, stock, history: 1100 * DAY, interval, start: EPOCH }
  const lifeOf = (index: number): Life => ({
    key: deriveKey(key, FIRST_ID + index),
    created: createdAt(arrivals, index),
    period: PERIOD,
  })

  return {
    name: patients.title,
    schema,
    stock,
    interval,
    idOf: (index) => FIRST_ID + index,
    createdAt: (index) => createdAt(arrivals, index),
    stockBy: (time) => Math.max(0, Math.floor(stock * (1 - Math.max(0, EPOCH - time) / arrivals.history))),
    heightOf: (index) => heightOf(lifeOf(index).key) / 100,
    originOf: (index) => drawItem(deriveKey(key, FIRST_ID + index), 12, origins),
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const life = lifeOf(index)
      return { id: FIRST_ID + index, createdDate: life.created, modifiedDate: revisionAt(life, now).at }
    },
    record: (index, now) => describe(FIRST_ID + index, lifeOf(index), now, sites),
  }
}

function describe(id: number, life: Life, now: number, sites: Sites): SimulatedRecord {
  const { key, created } = life
  const revision = revisionAt(life, now)
  const contact = aspectKey(key, revision.number, aspects.contact)
  const address = aspectKey(key, revision.number, aspects.address)
  const condition = aspectKey(key, revision.number, aspects.condition)

  const female = drawChance(key, 1, 0.53)
  const firstName = drawItem(key, 2, female ? femaleNames : maleNames)
  const lastName = drawItem(key, 3, lastNames)
  const town = drawItem(address, 1, towns)
  return {
    id,
    externalId: exactNumber(String(EXTERNAL_ID_BASE + 2n * BigInt(id))),
    firstName,
    middleName: drawChance(key, 4, 0.3) ? drawItem(key, 5, female ? femaleNames : maleNames) : null,
    lastName,
    dateOfBirth: drawChance(key, 6, 0.01)
      ? null
      : dateText(EPOCH - drawInteger(key, 7, 18 * 366, 90 * 365) * DAY),
    sex: drawChance(key, 8, 0.02) ? null : female ? 'Female' : 'Male',
    status: drawItem(condition, 1, ['Active', 'Active', 'Active', 'Active', 'Inactive', 'Do Not Contact']),
    email: drawChance(contact, 1, 0.08)
      ? null
      : `${emailPart(firstName)}.${emailPart(lastName)}.${id}@example.${drawItem(contact, 2, ['com', 'org', 'net'])}`,
    phone: drawChance(contact, 3, 0.05) ? null : phone(contact),
    smsConsent: drawChance(contact, 6, 0.1) ? null : drawChance(contact, 7, 0.6),
    address1: `${drawInteger(address, 2, 1, 9999)} ${drawItem(address, 3, streets)}`,
    city: town[0],
    state: town[1],
    postalCode: String(drawInteger(address, 4, 0, 99_999)).padStart(5, '0'),
    country: 'US',
    heightCm: hundredths(heightOf(key)),
    weightKg: drawChance(condition, 2, 0.1) ? null : hundredths(drawInteger(condition, 3, 450, 1_500) * 10),
    primarySite: drawChance(key, 10, 0.02)
      ? null
      : sites.reference(drawInteger(key, 11, 0, sites.count(now) - 1)),
    createdDate: dateTimeText(created),
    modifiedDate: dateTimeText(revision.at),
  }
}

/** Hundredths of a centimetre. */
function heightOf(key: Key): number {
  return drawInteger(key, 9, 14_500, 20_500)
}

function aspectKey(key: Key, revision: number, aspect: number): Key {
  const changes = Math.floor((revision + 2 - aspect) / 3)
  return deriveKey(key, 1_000 + changes * 3 + aspect)
}

function phone(key: Key): string {
  return `(${drawInteger(key, 4, 201, 989)}) 555-01${String(drawInteger(key, 5, 0, 99)).padStart(2, '0')}`
}

const emailParts = new Map<string, string>()

/** Names come from short lists, so each is stripped once. */
function emailPart(name: string): string {
  let part = emailParts.get(name)
  if (part === undefined) {
    part = name
      .normalize('NFD')
      .replace(/[^A-Za-z]/g, '')
      .toLowerCase()
    emailParts.set(name, part)
  }
  return part
}
