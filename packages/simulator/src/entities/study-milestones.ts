import { dateText, dateTimeText } from '../content/date-text.ts'
import { deriveKey, drawInteger } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { latest } from '../course/booking.ts'
import type { Conduct } from '../course/conduct.ts'
import { timeOf } from '../course/steps.ts'
import type { Schema, StampedCollection } from './collection.ts'
import type { Study } from './studies.ts'
import { idInStudy, studyEntity } from './study-arrivals.ts'
import { longestCourse } from './subjects.ts'

// Nothing is known of a real study milestone. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number' },
  name: 'string',
  plannedDate: 'date',
  actualDate: 'date',
  status: 'string',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

export const studyMilestones = studyEntity(
  { path: '/studies/{studyId}/milestones/odata', title: 'StudyMilestones', schema },
  createStudyMilestones,
)

/** How each is planned, ms. */
const milestones: readonly (readonly [string, (study: Study) => number])[] = [
  ['Site Selected', (study) => inStartUp(study, 0)],
  ['Contract Executed', (study) => inStartUp(study, 0.4)],
  ['IRB Approval', (study) => inStartUp(study, 0.65)],
  ['Site Initiation', (study) => inStartUp(study, 1)],
  ['First Subject In', ({ opensAt }) => opensAt + 60 * DAY],
  ['Last Subject In', ({ plannedClose }) => plannedClose + 45 * DAY],
  ['Last Subject Out', (study) => plannedEnd(study)],
  ['Database Lock', (study) => plannedEnd(study) + 40 * DAY],
  ['Close-out', (study) => plannedEnd(study) + 100 * DAY],
]
const [FIRST_IN, LAST_IN, LAST_OUT] = [4, 5, 6]

function inStartUp({ selectedAt, opensAt }: Study, part: number): number {
  return selectedAt + part * (opensAt - selectedAt)
}

function plannedEnd({ key, plannedClose }: Study): number {
  return plannedClose + longestCourse(key)
}

function createStudyMilestones(conduct: Conduct): StampedCollection {
  const { study } = conduct
  const plannedDay = (index: number): number =>
    Math.floor(milestones[index]![1](study) / DAY) - (index < FIRST_IN ? delayOf(study, index) : 0)
  const stateAt = (index: number, now: number) => {
    const actual = actualTime(conduct, index, plannedDay(index), now)
    const overdue = (plannedDay(index) + 1) * DAY
    const isLate = actual > overdue
    return { actual, overdue, modified: latest(now, study.created, isLate ? overdue : 0, actual) }
  }
  return {
    name: studyMilestones.title,
    schema,
    count: (now) => (now >= study.created ? milestones.length : 0),
    stamp: (index, now) => ({
      id: idInStudy(study, index),
      createdDate: study.created,
      modifiedDate: stateAt(index, now).modified,
    }),
    record(index, now) {
      const { actual, overdue, modified } = stateAt(index, now)
      return {
        id: idInStudy(study, index),
        study: { id: study.reference.id },
        name: milestones[index]![0],
        plannedDate: dateText(plannedDay(index) * DAY),
        actualDate: now >= actual ? dateText(actual) : null,
        status: now >= actual ? 'Completed' : now >= overdue ? 'Overdue' : 'Planned',
        createdDate: dateTimeText(study.created),
        modifiedDate: dateTimeText(modified),
      }
    },
  }
}

/**
 * When it is reached, ms; infinite where it is not by `now`. What comes before the first subject follows the plan, more
 * or less, as far as the study has come; the rest follows the subjects, in a study that takes no new ones.
 */
function actualTime(conduct: Conduct, index: number, plannedDay: number, now: number): number {
  const { study } = conduct
  if (index < FIRST_IN) return (plannedDay + delayOf(study, index)) * DAY
  if (index === FIRST_IN) return boundOf(conduct, 'enrolled', Math.min, now)
  if (study.closesAt === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  if (index === LAST_IN) return boundOf(conduct, 'enrolled', Math.max, now)
  const lastOut = boundOf(conduct, 'ended', Math.max, now)
  return index === LAST_OUT
    ? lastOut
    : lastOut + (index - LAST_OUT) * drawInteger(deriveKey(study.key, 38), 1, 25, 45) * DAY
}

/** Days, of what comes before the first subject. */
function delayOf({ key }: Study, index: number): number {
  return drawInteger(deriveKey(key, 37), index, -6, 12)
}

/** The first or the last time at which subjects that are there take such a step. */
function boundOf(
  { subjects }: Conduct,
  kind: 'enrolled' | 'ended',
  choose: (left: number, right: number) => number,
  now: number,
): number {
  let bound: number | null = null
  for (let index = 0; index < subjects.count(now); index += 1) {
    const time = timeOf(subjects.subject(index), kind)
    if (Number.isFinite(time)) bound = bound === null ? time : choose(bound, time)
  }
  return bound ?? Number.POSITIVE_INFINITY
}
