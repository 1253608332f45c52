import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { femaleNames, lastNames, maleNames } from '../content/fictitious.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'
import type { Sites } from './sites.ts'

export interface Staff extends StampedCollection {
  /** What others say of one who does this work at a site, of whom there is always one. */
  reference(site: number, role: Role): { readonly id: number }
}

export type Role = (typeof roles)[number]

// Nothing is known of a real member of staff. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  firstName: 'string',
  lastName: 'string',
  role: 'string',
  email: 'string',
  status: 'string',
  primarySite: { id: 'number' },
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const staff = rootEntity({ path: '/staff/odata', title: 'Staff', schema }, (world) => world.staff)

const FIRST_ID = 6_001
const PERIOD = 80 * DAY
const NEW_SHARE_PER_DAY = 0.001
const roles = ['Coordinator', 'Investigator', 'Nurse', 'Recruiter', 'Data Manager'] as const
/** The sixth of a site is another coordinator. */
const STAFF_PER_SITE = 6

export function createStaff(key: Key, sites: Sites): Staff {
  const siteCount = sites.count(EPOCH)
  const stock = STAFF_PER_SITE * siteCount
  const interval = DAY / (NEW_SHARE_PER_DAY * stock)
  const arrivals: Arrivals = { key, stock, history: 1500 * DAY, interval, start: EPOCH }
  const lifeOf = (index: number): Life => ({
    key: deriveKey(key, FIRST_ID + index),
    created: createdAt(arrivals, index),
    period: PERIOD,
  })

  return {
    name: staff.title,
    schema,
    reference: (site, role) => ({ id: FIRST_ID + roles.indexOf(role) * siteCount + site }),
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const life = lifeOf(index)
      return { id: FIRST_ID + index, createdDate: life.created, modifiedDate: revisionAt(life, now).at }
    },
    record(index, now) {
      const life = lifeOf(index)
      const revision = revisionAt(life, now)
      const firstName = drawItem(life.key, 2, drawChance(life.key, 1, 0.7) ? femaleNames : maleNames)
      const site = index < stock ? index % siteCount : drawInteger(life.key, 4, 0, siteCount - 1)
      const place = index < stock ? Math.floor(index / siteCount) : drawInteger(life.key, 5, 0, 4)
      return {
        id: FIRST_ID + index,
        firstName,
        lastName: drawItem(life.key, 3, lastNames),
        role: roles[place % roles.length]!,
        email: `staff.${FIRST_ID + index}@example.org`,
        status: drawChance(deriveKey(life.key, 500 + revision.number), 1, 0.06) ? 'Inactive' : 'Active',
        primarySite: { id: sites.reference(site).id },
        createdDate: dateTimeText(life.created),
        modifiedDate: dateTimeText(revision.at),
      }
    },
  }
}
