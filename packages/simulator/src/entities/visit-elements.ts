import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { type Life, revisionAt } from '../content/revision.ts'
import type { Conduct } from '../course/conduct.ts'
import { IDS_PER_PARENT, type ScheduledVisit } from '../course/schedule.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Elements } from './elements.ts'
import type { Entity } from './entity.ts'

// Nothing is known of a real one but its key, the visit and its id. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  visit: { id: 'number' },
  study: { id: 'number' },
  element: { id: 'number', name: 'string' },
  sequence: 'number',
  isRequired: 'boolean',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const visitElements: Entity = {
  path: '/studies/{studyId}/visits/{visitId}/elements/odata',
  shape: 'odata',
  title: 'VisitElements',
  schema,
  parents: ['studies', 'visits'],
  open(world, [studyId, visitId], now) {
    const conduct = world.conductOf(studyId!, now)
    const visit = conduct?.schedule.find(({ id }) => id === visitId)
    return conduct === null || visit === undefined
      ? null
      : createVisitElements(conduct, visit, world.elements)
  },
  firstNewId: (_, [, visitId]) => visitId! * IDS_PER_PARENT + FIRST_NEW,
}

/** On no visit hang as many elements. */
const FIRST_NEW = 51
const PERIOD = 300 * DAY

function createVisitElements(
  { study }: Conduct,
  visit: ScheduledVisit,
  elements: Elements,
): StampedCollection {
  const idOf = (index: number): number => visit.id * IDS_PER_PARENT + index + 1
  const lifeOf = (index: number): Life => ({
    key: deriveKey(study.key, idOf(index)),
    created: study.created,
    period: PERIOD,
  })
  return {
    name: visitElements.title,
    schema,
    count: (now) => (now >= study.created ? visit.elements.length : 0),
    stamp(index, now) {
      const { at } = revisionAt(lifeOf(index), now)
      return { id: idOf(index), createdDate: study.created, modifiedDate: at }
    },
    record(index, now) {
      const life = lifeOf(index)
      const revision = revisionAt(life, now)
      return {
        id: idOf(index),
        visit: { id: visit.id },
        study: { id: study.reference.id },
        element: elements.reference(visit.elements[index]!),
        sequence: index + 1,
        // Blood pressure always is.
        isRequired: index < 2 || drawChance(deriveKey(life.key, 500 + revision.number), 1, 0.6),
        createdDate: dateTimeText(study.created),
        modifiedDate: dateTimeText(revision.at),
      }
    },
  }
}
