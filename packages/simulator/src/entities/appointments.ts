import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { appointmentNotes } from '../content/phrases.ts'
import type { SimulatedRecord } from '../content/value.ts'
import { type Booking, book, latest, startAt } from '../course/booking.ts'
import { createStepRows, type StepRows } from '../course/step-rows.ts'
import { type Step, type StepKind, timeOf } from '../course/steps.ts'
import { siteOf, type VisitCourse } from '../course/visit-courses.ts'
import type { World } from '../world.ts'
import type { Schema, Stamp, StampedCollection } from './collection.ts'
import { rootEntity } from './entity.ts'
import type { Role } from './staff.ts'

// Nothing is known of a real appointment. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  patient: { id: 'number' },
  subject: { id: 'number' },
  study: { id: 'number' },
  patientVisit: { id: 'number' },
  site: { id: 'number' },
  staff: { id: 'number' },
  appointmentType: 'string',
  status: 'string',
  startDate: 'datetime',
  endDate: 'datetime',
  notes: 'string',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const appointments = rootEntity(
  { path: '/appointments/odata', title: 'Appointments', schema },
  createAppointments,
)

const FIRST_ID = 2_000_001
/** Apart from the salts of fields. */
const CALL_KEYS = 7_000
const MINUTE = 60_000
const outcomes = { kept: 'Completed', missed: 'No Show', cancelled: 'Cancelled' } as const

interface Appointment {
  readonly key: Key
  readonly step: Step
  readonly type: 'Study Visit' | 'Prescreening Call' | 'Consent' | 'Follow-up Call'
  readonly booking: Booking
  /** From the start of what is booked, ms. */
  readonly offset: number
  readonly course: VisitCourse | null
  readonly role: Role
  /** Whether it names the subject, and the study. */
  readonly ofSubject: boolean
  readonly ofStudy: boolean
}

/** A call at the beginning and one in the end, a consent, and one for each visit. */
function createAppointments(world: World): StampedCollection {
  const rows = createStepRows(world.steps, rowsAt)
  return {
    name: appointments.title,
    schema,
    count: (now) => rows.count(now),
    stamp: (index, now) => stampOf(index, appointmentAt(rows, index, now, world).booking, now),
    glance: {
      fields: new Set(['id', 'createdDate', 'modifiedDate', 'startDate']),
      at(index, now) {
        const { booking, offset } = appointmentAt(rows, index, now, world)
        const { id, createdDate, modifiedDate } = stampOf(index, booking, now)
        return { id, createdDate, modifiedDate, startDate: startAt(booking, now) + offset }
      },
    },
    record: (index, now) => ({
      id: FIRST_ID + index,
      ...describe(appointmentAt(rows, index, now, world), now, world),
    }),
  }
}

function rowsAt(kind: StepKind, { schedule }: { readonly schedule: readonly unknown[] }): number {
  return kind === 'enrolled' ? schedule.length - 1 : kind === 'screened' ? 2 : 1
}

function appointmentAt(rows: StepRows, index: number, now: number, { visitCourses }: World): Appointment {
  const { step, place } = rows.locate(index, now)
  const { kind } = step
  if (kind === 'prescreened' || kind === 'ended') return callAt(step)
  const isConsent = kind === 'screened' && place === 0
  const first = visitCourses.rows.firstOf(step.number)
  const course = visitCourses.course(kind === 'screened' ? first : first + place, now)
  return {
    key: deriveKey(course.key, isConsent ? 91 : 92),
    step,
    type: isConsent ? 'Consent' : 'Study Visit',
    booking: course.booking,
    offset: isConsent ? -45 * MINUTE : 0,
    course: isConsent ? null : course,
    role: isConsent ? 'Investigator' : 'Coordinator',
    ofSubject: true,
    ofStudy: true,
  }
}

/** By telephone: of somebody who may not be a subject yet, or is one no more. */
function callAt(step: Step): Appointment {
  const isFirst = step.kind === 'prescreened'
  const key = deriveKey(step.subject.life.key, CALL_KEYS + (isFirst ? 0 : 1))
  return {
    key,
    step,
    type: isFirst ? 'Prescreening Call' : 'Follow-up Call',
    booking: book(key, {
      created: step.at,
      day: Math.floor(step.at / DAY + drawInteger(key, 11, 1, isFirst ? 5 : 28)) * DAY,
      endsAt: isFirst ? timeOf(step.subject, 'ended') : Number.POSITIVE_INFINITY,
      missed: 0.14,
      cancelled: 0.08,
      moved: 0.1,
    }),
    offset: 0,
    course: null,
    role: 'Recruiter',
    ofSubject: isFirst && drawChance(key, 12, 0.6),
    ofStudy: isFirst,
  }
}

function stampOf(index: number, booking: Booking, now: number): Stamp {
  return { id: FIRST_ID + index, createdDate: booking.created, modifiedDate: modifiedAt(booking, now) }
}

function modifiedAt({ created, movedAt, confirmedAt, closedAt }: Booking, now: number): number {
  return latest(now, created, movedAt, confirmedAt, closedAt)
}

function describe(appointment: Appointment, now: number, world: World): SimulatedRecord {
  const { key, step, type, booking, offset, course, role, ofSubject, ofStudy } = appointment
  const { subject, conduct } = step
  const site = siteOf(step)
  const start = startAt(booking, now) + offset
  const minutes = type === 'Study Visit' ? drawInteger(key, 21, 3, 8) * 15 : 30
  const pending = now >= booking.confirmedAt ? 'Confirmed' : 'Scheduled'
  return {
    patient: { id: world.patients.idOf(subject.patient) },
    subject: ofSubject ? { id: subject.id } : null,
    study: ofStudy ? { id: conduct.study.reference.id } : null,
    patientVisit: course === null ? null : { id: course.id },
    site: { id: world.sites.reference(site).id },
    staff: world.staff.reference(site, role),
    appointmentType: type,
    status: now >= booking.closedAt ? outcomes[booking.outcome] : pending,
    startDate: dateTimeText(start),
    endDate: dateTimeText(start + minutes * MINUTE),
    notes: drawChance(key, 22, 0.2) ? drawItem(key, 23, appointmentNotes) : null,
    createdDate: dateTimeText(booking.created),
    modifiedDate: dateTimeText(modifiedAt(booking, now)),
  }
}
