import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { type Measurement, measurements } from '../content/measurements.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'

export interface Elements extends StampedCollection {
  measurement(index: number): Measurement
  /** What other records say of their element; it never changes. */
  reference(index: number): { readonly id: number; readonly name: string }
}

// Nothing is known of a real element. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  name: 'string',
  code: 'string',
  category: 'string',
  unit: 'string',
  status: 'string',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const elements = rootEntity(
  { path: '/elements/odata', title: 'Elements', schema },
  (world) => world.elements,
)

const FIRST_ID = 8_001
const PERIOD = 120 * DAY

/** What can be done at a visit: those that studies use come first; a large installation has variants of them beside. */
export function createElements(key: Key, scale: number): Elements {
  const size = Math.round(measurements.length * Math.max(1, scale))
  const lifeOf = (index: number): Life => ({
    key: deriveKey(key, FIRST_ID + index),
    created: EPOCH - 1500 * DAY + index,
    period: PERIOD,
  })
  const measurement = (index: number): Measurement => {
    const known = measurements[index % measurements.length]!
    const variant = Math.floor(index / measurements.length)
    if (variant === 0) return known
    return { ...known, name: `${known.name} (${variant + 1})`, code: `${known.code}${variant + 1}` }
  }

  return {
    name: elements.title,
    schema,
    measurement,
    reference: (index) => ({ id: FIRST_ID + index, name: measurement(index).name }),
    count: () => size,
    stamp(index, now) {
      const life = lifeOf(index)
      return { id: FIRST_ID + index, createdDate: life.created, modifiedDate: revisionAt(life, now).at }
    },
    record(index, now) {
      const life = lifeOf(index)
      const revision = revisionAt(life, now)
      const { name, code, category, unit } = measurement(index)
      const isIdle = drawChance(deriveKey(life.key, 500 + revision.number), 1, 0.05)
      return {
        id: FIRST_ID + index,
        name,
        code,
        category,
        unit,
        status: isIdle ? 'Inactive' : 'Active',
        createdDate: dateTimeText(life.created),
        modifiedDate: dateTimeText(revision.at),
      }
    },
  }
}
