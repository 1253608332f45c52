import { type Arrivals, createdAt } from '../content/arrivals.ts'
import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { streets, towns } from '../content/fictitious.ts'
import { revisionAt } from '../content/revision.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'

export interface Sites extends StampedCollection {
  /** What other records say of their site; it never changes. */
  reference(index: number): { readonly id: number; readonly name: string }
}

// Nothing is known of a real site. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  name: 'string',
  status: 'string',
  address1: 'string',
  city: 'string',
  state: 'string',
  phone: 'string',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const FIRST_ID = 301
const PERIOD = 60 * DAY

export const sites = rootEntity(
  { path: '/sites', shape: 'array', title: 'Sites', schema },
  (world) => world.sites,
)

/** The places at which the clinics are: a fixed number of them; each changes every other month. */
export function createSites(key: Key, size: number): Sites {
  const arrivals: Arrivals = {
    key,
    stock: size,
    history: 1500 * DAY,
    interval: Number.POSITIVE_INFINITY,
    start: EPOCH,
  }
  const keyOf = (index: number): Key => deriveKey(key, FIRST_ID + index)
  const lifeOf = (index: number) => ({
    key: keyOf(index),
    created: createdAt(arrivals, index),
    period: PERIOD,
  })
  const townOf = (index: number) => drawItem(keyOf(index), 1, towns)
  const reference = (index: number) => ({
    id: FIRST_ID + index,
    name: `${townOf(index)[0]} Clinic ${index + 1}`,
  })

  return {
    name: sites.title,
    schema,
    reference,
    count: () => size,
    stamp(index, now) {
      const life = lifeOf(index)
      return {
        id: FIRST_ID + index,
        createdDate: life.created,
        modifiedDate: revisionAt(life, now).at,
      }
    },
    record(index, now) {
      const life = lifeOf(index)
      const revision = revisionAt(life, now)
      const contact = deriveKey(life.key, 100 + revision.number)
      return {
        ...reference(index),
        status: 'Active',
        address1: `${drawInteger(life.key, 2, 1, 999)} ${drawItem(life.key, 3, streets)}`,
        city: townOf(index)[0],
        state: townOf(index)[1],
        phone: `(${drawInteger(contact, 1, 201, 989)}) 555-01${String(drawInteger(contact, 2, 0, 99)).padStart(2, '0')}`,
        createdDate: dateTimeText(life.created),
        modifiedDate: dateTimeText(revision.at),
      }
    },
  }
}
