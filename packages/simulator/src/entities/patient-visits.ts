import { dateText, dateTimeText } from '../content/date-text.ts'
import { DAY } from '../content/epoch.ts'
import type { SimulatedRecord } from '../content/value.ts'
import { startAt } from '../course/booking.ts'
import { courseModifiedAt, type VisitCourse, type VisitCourses } from '../course/visit-courses.ts'
import type { World } from '../world.ts'
import type { Schema, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'

// Nothing is known of a real patient visit. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  patient: { id: 'number' },
  subject: { id: 'number' },
  study: { id: 'number', name: 'string' },
  visit: { id: 'number', name: 'string' },
  site: { id: 'number' },
  status: 'string',
  targetDate: 'date',
  windowStart: 'date',
  windowEnd: 'date',
  scheduledDate: 'date',
  completedDate: 'date',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const patientVisits = rootEntity(
  { path: '/patient-visits/odata', title: 'PatientVisits', schema },
  createPatientVisits,
)

const statuses = { kept: 'Completed', missed: 'Missed', cancelled: 'Cancelled' } as const

function createPatientVisits(world: World): StampedCollection {
  const { visitCourses: courses } = world
  return {
    name: patientVisits.title,
    schema,
    count: (now) => courses.rows.count(now),
    indexOf: (id) => courses.indexOf(id),
    stamp: (index, now) => stampOf(courses, index, now),
    record: (index, now) => describe(courses.course(index, now), now, world),
  }
}

function stampOf(courses: VisitCourses, index: number, now: number) {
  const course = courses.course(index, now)
  return {
    id: course.id,
    createdDate: course.booking.created,
    modifiedDate: courseModifiedAt(course, now),
  }
}

function describe(course: VisitCourse, now: number, { patients, sites }: World): SimulatedRecord {
  const { step, visit, target, booking } = course
  const status = now >= course.closedAt ? statuses[booking.outcome] : 'Scheduled'
  return {
    id: course.id,
    patient: { id: patients.idOf(step.subject.patient) },
    subject: { id: step.subject.id },
    study: step.conduct.study.reference,
    visit: { id: visit.id, name: visit.name },
    site: { id: sites.reference(course.site).id },
    status,
    targetDate: dateText(target),
    windowStart: dateText(target - visit.windowBefore * DAY),
    windowEnd: dateText(target + visit.windowAfter * DAY),
    scheduledDate: dateText(startAt(booking, now)),
    completedDate: status === 'Completed' ? dateText(booking.start) : null,
    createdDate: dateTimeText(booking.created),
    modifiedDate: dateTimeText(courseModifiedAt(course, now)),
  }
}
