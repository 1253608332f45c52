import { dateTimeText } from '../content/date-text.ts'
import { deriveKey } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import { hundredths } from '../content/value.ts'
import type { Conduct } from '../course/conduct.ts'
import { IDS_PER_PARENT, type ScheduledVisit } from '../course/schedule.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Entity } from './entity.ts'
import { studyEntity } from './study-arrivals.ts'

// Of a real visit only `id` and `study.id` are known. Every other field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number', name: 'string' },
  name: 'string',
  visitType: 'string',
  sequence: 'number',
  targetDay: 'number',
  windowBefore: 'number',
  windowAfter: 'number',
  stipend: 'number',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const visits: Entity = {
  ...studyEntity({ path: '/studies/{studyId}/visits/odata', title: 'Visits', schema }, createVisits),
  firstNewId: (_, [studyId]) => studyId! * IDS_PER_PARENT + FIRST_NEW,
}

/** No study has as many visits. */
const FIRST_NEW = 51
const PERIOD = 200 * DAY
/** Hundredths: what the stipend is raised by. */
const RAISE = 500

function createVisits({ study, schedule }: Conduct): StampedCollection {
  const lifeOf = ({ id }: ScheduledVisit): Life => ({
    key: deriveKey(study.key, id),
    created: study.created,
    period: PERIOD,
  })
  return {
    name: visits.title,
    schema,
    count: (now) => (now >= study.created ? schedule.length : 0),
    stamp(index, now) {
      const visit = schedule[index]!
      const { at } = revisionAt(lifeOf(visit), now)
      return { id: visit.id, createdDate: study.created, modifiedDate: at }
    },
    record(index, now) {
      const visit = schedule[index]!
      const revision = revisionAt(lifeOf(visit), now)
      return {
        id: visit.id,
        study: study.reference,
        name: visit.name,
        visitType: visit.visitType,
        sequence: visit.sequence,
        targetDay: visit.targetDay,
        windowBefore: visit.windowBefore,
        windowAfter: visit.windowAfter,
        stipend: hundredths(visit.stipend + revision.number * RAISE),
        createdDate: dateTimeText(study.created),
        modifiedDate: dateTimeText(revision.at),
      }
    },
  }
}
