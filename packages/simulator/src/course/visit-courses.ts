import { deriveKey, drawChance, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { stepDate } from '../entities/subjects.ts'
import { type Booking, book, latest } from './booking.ts'
import type { Conduct } from './conduct.ts'
import type { ScheduledVisit } from './schedule.ts'
import { createStepRows, type StepRows } from './step-rows.ts'
import { type Step, type StepKind, type Steps, timeOf } from './steps.ts'

/** One visit of one subject, from the day on which it is planned to its outcome. Times in ms. */
export interface VisitCourse {
  readonly id: number
  readonly key: Key
  readonly step: Step
  readonly visit: ScheduledVisit
  /** Index of the site. */
  readonly site: number
  /** A day. */
  readonly target: number
  readonly booking: Booking
  /** When its outcome is known: where nobody came, once it is certain that nobody will. */
  readonly closedAt: number
  /** When a result was put right; infinite where all were right. */
  readonly correctedAt: number
}

/** The visits of all subjects, in the order in which they were planned. */
export interface VisitCourses {
  readonly rows: StepRows
  /** One that is there by a time. */
  course(index: number, now: number): VisitCourse
  /** The index of the visit of this id; it need not be there yet. */
  indexOf(id: number): number
  /** Elements of all of them that are there by a time. */
  elements(now: number): number
}

const FIRST_ID = 500_001
/** Apart from the salts of fields. */
const VISIT_KEYS = 5_000
const SITE_SALT = 4_999

/** The screening visit is planned (and comes to pass) once the subject was screened, the others once it was enrolled. */
function visitsAt(kind: StepKind, { schedule }: Pick<Conduct, 'schedule'>): readonly ScheduledVisit[] {
  return kind === 'screened' ? schedule.slice(0, 1) : kind === 'enrolled' ? schedule.slice(1) : []
}

export function createVisitCourses(steps: Steps): VisitCourses {
  const rows = createStepRows(steps, (kind, { schedule }) =>
    kind === 'screened' ? 1 : kind === 'enrolled' ? schedule.length - 1 : 0,
  )
  const elements = createStepRows(steps, (kind, conduct) =>
    visitsAt(kind, conduct).reduce((sum, visit) => sum + visit.elements.length, 0),
  )
  return {
    rows,
    indexOf: (id) => id - FIRST_ID,
    elements: (now) => elements.count(now),
    course(index, now) {
      const { step, place } = rows.locate(index, now)
      return courseOf(step, step.kind === 'screened' ? 0 : place + 1, FIRST_ID + index)
    },
  }
}

/** The site at which a subject is seen. */
export function siteOf({ conduct, subject }: Step): number {
  return drawItem(subject.life.key, SITE_SALT, conduct.sites)
}

/** When the record last changed, by a time. */
export function courseModifiedAt({ booking, closedAt, correctedAt }: VisitCourse, now: number): number {
  return latest(now, booking.created, booking.movedAt, closedAt, correctedAt)
}

function courseOf(step: Step, place: number, id: number): VisitCourse {
  const { subject, conduct } = step
  const visit = conduct.schedule[place]!
  const key = deriveKey(subject.life.key, VISIT_KEYS + place)
  const isScreening = place === 0
  const anchor = dayOf(stepDate(subject, isScreening ? 1 : 2))
  const target = isScreening ? anchor : anchor + visit.targetDay * DAY
  const early = isScreening ? 0 : Math.min(visit.windowBefore, 2)
  const late = isScreening ? 0 : Math.min(visit.windowAfter, 3)
  // A screening is not called off for what came of it.
  const endsAt = isScreening ? Number.POSITIVE_INFINITY : timeOf(subject, 'ended')
  const booking = book(key, {
    created: step.at,
    day: target + drawInteger(key, 11, -early, late) * DAY,
    endsAt,
    missed: isScreening ? 0 : 0.08,
    cancelled: isScreening ? 0 : 0.05,
    moved: isScreening ? 0 : 0.15,
    late: isScreening ? 0 : 0.08,
  })
  const givenUpAt = Math.min(booking.closedAt + drawInteger(key, 14, 5, 28) * DAY, endsAt)
  const isCorrected = booking.outcome === 'kept' && drawChance(key, 12, 0.08)
  return {
    id,
    key,
    step,
    visit,
    site: siteOf(step),
    target,
    booking,
    closedAt: booking.outcome === 'missed' ? Math.max(booking.closedAt, givenUpAt) : booking.closedAt,
    correctedAt: isCorrected
      ? booking.closedAt + drawInteger(key, 13, 24, 15 * 24) * 3_600_000
      : Number.POSITIVE_INFINITY,
  }
}

function dayOf(time: number): number {
  return Math.floor(time / DAY) * DAY
}
