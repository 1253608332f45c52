import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawItem, drawUnit, type Key } from '../content/draw.ts'
import type { Measurement } from '../content/measurements.ts'
import type { SimulatedRecord } from '../content/value.ts'
import { latest } from '../course/booking.ts'
import { IDS_PER_PARENT } from '../course/schedule.ts'
import type { VisitCourse } from '../course/visit-courses.ts'
import type { World } from '../world.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Entity } from './entity.ts'

// Nothing is known of a real one. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  patientVisit: { id: 'number' },
  patient: { id: 'number' },
  element: { id: 'number', name: 'string' },
  status: 'string',
  performedDate: 'datetime',
  result: 'string',
  unit: 'string',
  performedBy: { id: 'number' },
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const patientVisitElements: Entity = {
  path: '/patient-visits/{patientVisitId}/elements/odata',
  shape: 'odata',
  title: 'PatientVisitElements',
  schema,
  parents: ['patient_visits'],
  open(world, [patientVisitId], now) {
    const { rows, course, indexOf } = world.visitCourses
    const index = indexOf(patientVisitId!)
    const isThere = Number.isInteger(index) && index >= 0 && index < rows.count(now)
    return isThere ? createPatientVisitElements(course(index, now), world) : null
  },
  firstNewId: (_, [patientVisitId]) => patientVisitId! * IDS_PER_PARENT + FIRST_NEW,
  total: ({ visitCourses }, now) => visitCourses.elements(now),
}

/** On no visit hang as many elements. */
const FIRST_NEW = 51
const TEN_MINUTES = 600_000

/** All that is to be done at a visit. What was done is known as soon as the visit is over, never before or later. */
function createPatientVisitElements(course: VisitCourse, world: World): StampedCollection {
  const { booking, visit } = course
  const idOf = (index: number): number => course.id * IDS_PER_PARENT + index + 1
  const modifiedAt = (index: number, now: number): number =>
    // The one whose result was put right is the first.
    index === 0
      ? latest(now, booking.created, course.closedAt, course.correctedAt)
      : latest(now, booking.created, course.closedAt)
  return {
    name: patientVisitElements.title,
    schema,
    count: (now) => (booking.created <= now ? visit.elements.length : 0),
    stamp: (index, now) => ({
      id: idOf(index),
      createdDate: booking.created,
      modifiedDate: modifiedAt(index, now),
    }),
    record: (index, now) => ({
      id: idOf(index),
      ...describe(course, index, now, world),
      createdDate: dateTimeText(booking.created),
      modifiedDate: dateTimeText(modifiedAt(index, now)),
    }),
  }
}

function describe(course: VisitCourse, place: number, now: number, world: World): SimulatedRecord {
  const { booking, step, visit } = course
  const element = visit.elements[place]!
  const measurement = world.elements.measurement(element)
  const key = deriveKey(course.key, 100 + place)
  const isOver = now >= course.closedAt
  // Blood pressure is never left out.
  const isDone = isOver && booking.outcome === 'kept' && (place < 2 || !drawChance(key, 1, 0.08))
  return {
    patientVisit: { id: course.id },
    patient: { id: world.patients.idOf(step.subject.patient) },
    element: world.elements.reference(element),
    status: isDone ? 'Completed' : isOver ? 'Not Done' : 'Pending',
    performedDate: isDone ? dateTimeText(booking.start + place * TEN_MINUTES) : null,
    result: !isDone
      ? null
      : measurement.code === 'HEIGHT'
        ? world.patients.heightOf(step.subject.patient).toFixed(0)
        : resultOf(measurement, step.subject.life.key, key, place === 0 && now >= course.correctedAt),
    unit: measurement.unit,
    performedBy: isDone
      ? world.staff.reference(course.site, drawItem(key, 2, ['Nurse', 'Nurse', 'Coordinator']))
      : null,
  }
}

/** Near to what this person has each time. */
function resultOf({ outcome, code }: Measurement, person: Key, key: Key, isCorrected: boolean): string {
  if ('low' in outcome) {
    const { low, high, digits } = outcome
    const usual = drawUnit(person, 6_000 + code.charCodeAt(0) * 31 + code.length)
    const share = 0.1 + 0.7 * usual + 0.2 * drawUnit(key, isCorrected ? 4 : 3)
    return (low + share * (high - low)).toFixed(digits)
  }
  return drawItem(key, 3, outcome)
}
