import { dateText } from '../content/date-text.ts'
import { drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { actionNames } from '../content/phrases.ts'
import { latest } from '../course/booking.ts'
import type { Conduct } from '../course/conduct.ts'
import type { World } from '../world.ts'
import type { Schema } from './collection.ts'
import { studyArrivals, studyEntity } from './study-arrivals.ts'
import { createStudyCollection, type StudyRecord } from './study-collection.ts'

// Nothing is known of a real study action. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number' },
  name: 'string',
  status: 'string',
  dueDate: 'date',
  completedDate: 'date',
  assignedTo: { id: 'number' },
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const STOCK = 8
const INTERVAL = 20 * DAY
const HOUR = 3_600_000

const of = { path: '/studies/{studyId}/actions/odata', title: 'StudyActions', schema }

export const studyActions = studyEntity(of, (conduct, world) =>
  createStudyCollection(
    of,
    conduct.study,
    studyArrivals(conduct.study, 35, STOCK, INTERVAL),
    (key, created, at) => actionOf(conduct, world, key, created, at),
  ),
)

/** To be done by a day; one in ten never is, and some are done late. */
function actionOf(
  { study, sites }: Conduct,
  { staff }: World,
  key: Key,
  created: number,
  now: number,
): StudyRecord {
  const dueDay = Math.floor(created / DAY) + drawInteger(key, 1, 14, 45)
  const overdue = (dueDay + 1) * DAY
  const done = drawChance(key, 2, 0.9)
    ? created + drawInteger(key, 3, 24, 50 * 24) * HOUR
    : Number.POSITIVE_INFINITY
  const site = drawItem(key, 4, sites)
  return {
    fields: {
      study: { id: study.reference.id },
      name: drawItem(key, 5, actionNames),
      status: now >= done ? 'Done' : now >= overdue ? 'Overdue' : 'Open',
      dueDate: dateText(dueDay * DAY),
      completedDate: now >= done ? dateText(done) : null,
      assignedTo: staff.reference(site, drawItem(key, 6, ['Coordinator', 'Data Manager', 'Investigator'])),
    },
    modified: latest(now, created, overdue < done ? overdue : created, done),
  }
}
