import { dateText } from '../content/date-text.ts'
import { drawChance, drawInteger, drawItem, drawUnit, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { queryTexts } from '../content/phrases.ts'
import type { SimulatedRecord } from '../content/value.ts'
import { latest } from '../course/booking.ts'
import type { Conduct } from '../course/conduct.ts'
import type { World } from '../world.ts'
import type { Schema } from './collection.ts'
import { studyArrivals, studyEntity } from './study-arrivals.ts'
import { createStudyCollection, type StudyRecord } from './study-collection.ts'
import type { Subject } from './subjects.ts'

// Nothing is known of a real query. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number' },
  subject: { id: 'number' },
  patientVisit: { id: 'number' },
  queryText: 'string',
  status: 'string',
  openedDate: 'date',
  answeredDate: 'date',
  closedDate: 'date',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const QUERIES_PER_SUBJECT = 0.5
const NEW_PER_SUBJECT_AND_DAY = 0.004
const HOUR = 3_600_000

/** Questions of a study's sponsor about its data. */
const of = { path: '/studies/{studyId}/queries/odata', title: 'Queries', schema }

export const studyQueries = studyEntity(of, (conduct, world) => {
  const { study, subjects } = conduct
  const interval = DAY / (NEW_PER_SUBJECT_AND_DAY * Math.max(subjects.stock, 5))
  return createStudyCollection(
    of,
    study,
    studyArrivals(study, 34, Math.round(QUERIES_PER_SUBJECT * subjects.stock), interval),
    (key, created, at) => queryOf(conduct, world, key, created, at),
  )
})

function queryOf(conduct: Conduct, world: World, key: Key, created: number, now: number): StudyRecord {
  const isAnswered = drawChance(key, 1, 0.92)
  const answered = isAnswered ? created + drawInteger(key, 2, 12, 12 * 24) * HOUR : Number.POSITIVE_INFINITY
  const closed = drawChance(key, 3, 0.95)
    ? answered + drawInteger(key, 4, 6, 8 * 24) * HOUR
    : Number.POSITIVE_INFINITY
  return {
    fields: {
      study: { id: conduct.study.reference.id },
      ...concerned(conduct, world, key, created),
      queryText: drawItem(key, 5, queryTexts),
      status: now >= closed ? 'Closed' : now >= answered ? 'Answered' : 'Open',
      openedDate: dateText(created),
      answeredDate: now >= answered ? dateText(answered) : null,
      closedDate: now >= closed ? dateText(closed) : null,
    },
    modified: latest(now, created, answered, closed),
  }
}

/** A subject that was there when the query was opened, and its screening visit or its first one where it had them. */
function concerned(conduct: Conduct, world: World, key: Key, time: number): SimulatedRecord {
  const subject = drawChance(key, 6, 0.1) ? undefined : subjectAt(conduct, key, time)
  if (subject === undefined) return { subject: null, patientVisit: null }
  const { steps, visitCourses } = world
  const step =
    steps.find('enrolled', conduct, subject, time) ?? steps.find('screened', conduct, subject, time)
  if (step === null) return { subject: { id: subject.id }, patientVisit: null }
  const { id } = visitCourses.course(visitCourses.rows.firstOf(step), time)
  return { subject: { id: subject.id }, patientVisit: { id } }
}

/** Any of those that were there; nobody where it takes too long to find one. */
function subjectAt({ subjects }: Conduct, key: Key, time: number): Subject | undefined {
  const count = subjects.count(time)
  for (let salt = 20; count > 0 && salt < 30; salt += 1) {
    const subject = subjects.subject(Math.floor(drawUnit(key, salt) * count))
    if (subject.life.created <= time) return subject
  }
  return undefined
}
