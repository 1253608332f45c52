import { drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { noteTopics } from '../content/phrases.ts'
import { latest } from '../course/booking.ts'
import type { Conduct } from '../course/conduct.ts'
import type { World } from '../world.ts'
import type { Schema } from './collection.ts'
import { studyArrivals, studyEntity } from './study-arrivals.ts'
import { createStudyCollection, type StudyRecord } from './study-collection.ts'

// Nothing is known of a real study note. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number' },
  subjectLine: 'string',
  noteText: 'string',
  author: { id: 'number' },
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const STOCK = 6
const INTERVAL = 15 * DAY

const of = { path: '/studies/{studyId}/notes/odata', title: 'StudyNotes', schema }

export const studyNotes = studyEntity(of, (conduct, world) =>
  createStudyCollection(
    of,
    conduct.study,
    studyArrivals(conduct.study, 36, STOCK, INTERVAL),
    (key, created, at) => noteOf(conduct, world, key, created, at),
  ),
)

/** To one in five something is added later. */
function noteOf(
  { study, sites }: Conduct,
  { staff }: World,
  key: Key,
  created: number,
  now: number,
): StudyRecord {
  const [subjectLine, text] = drawItem(key, 1, noteTopics)
  const extended = drawChance(key, 2, 0.2)
    ? created + drawInteger(key, 3, 1, 10 * 24) * 3_600_000
    : Number.POSITIVE_INFINITY
  return {
    fields: {
      study: { id: study.reference.id },
      subjectLine,
      noteText: now >= extended ? `${text} Settled since.` : text,
      author: staff.reference(
        drawItem(key, 4, sites),
        drawItem(key, 5, ['Coordinator', 'Investigator', 'Data Manager']),
      ),
    },
    modified: latest(now, created, extended),
  }
}
