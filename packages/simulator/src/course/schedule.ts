import { deriveKey, drawInteger, drawItem, type Key } from '../content/draw.ts'
import { measurements, VITAL_SIGNS } from '../content/measurements.ts'
import type { Study } from '../entities/studies.ts'

export interface ScheduledVisit {
  readonly id: number
  readonly name: string
  readonly visitType: 'Screening' | 'Baseline' | 'Treatment' | 'Follow-up'
  /** From 1. */
  readonly sequence: number
  /** Days from enrollment. */
  readonly targetDay: number
  /** Days. */
  readonly windowBefore: number
  readonly windowAfter: number
  /** Hundredths, at first. */
  readonly stipend: number
  /** Indexes of the elements that hang on it. */
  readonly elements: readonly number[]
}

/** A visit's id tells its study, and an element's place in a visit tells the visit. */
export const IDS_PER_PARENT = 100

/** What a subject of the study is to come for. It never changes, but for the stipends. */
export function createSchedule(study: Study): readonly ScheduledVisit[] {
  const key = deriveKey(study.key, 31)
  const { spacing, treatments } = outlineOf(study.key)
  const tolerance = spacing === 7 ? 2 : 3
  const stipend = drawInteger(key, 3, 6, 16) * 500
  const last = lastDayOf(study.key)

  const visit = (
    sequence: number,
    visitType: ScheduledVisit['visitType'],
    name: string,
    targetDay: number,
    [windowBefore, windowAfter]: readonly [number, number],
  ): ScheduledVisit => ({
    id: study.reference.id * IDS_PER_PARENT + sequence,
    name,
    visitType,
    sequence,
    targetDay,
    windowBefore,
    windowAfter,
    stipend: visitType === 'Screening' || visitType === 'Baseline' ? stipend * 2 : stipend,
    elements: elementsOf(study, sequence, visitType),
  })
  const weeks = Array.from({ length: treatments }, (_, index) => (index + 1) * spacing)
  return [
    visit(1, 'Screening', 'Screening', -14, [7, 7]),
    visit(2, 'Baseline', 'Baseline', 0, [0, 3]),
    ...weeks.map((day, index) =>
      visit(index + 3, 'Treatment', `Week ${day / 7}`, day, [tolerance, tolerance]),
    ),
    visit(treatments + 3, 'Follow-up', 'Follow-up', last, [7, 7]),
  ]
}

/** The day of the last visit, from enrollment. `key`: that of the study. */
export function lastDayOf(key: Key): number {
  const { spacing, treatments } = outlineOf(key)
  return treatments * spacing + 28
}

/** Days between two treatments, and how many of them there are. */
function outlineOf(studyKey: Key): { readonly spacing: number; readonly treatments: number } {
  const key = deriveKey(studyKey, 31)
  return { spacing: drawItem(key, 1, [7, 14, 14]), treatments: drawInteger(key, 2, 8, 14) }
}

/** Blood pressure, another vital sign, and some of all the rest. */
function elementsOf(
  study: Study,
  sequence: number,
  visitType: ScheduledVisit['visitType'],
): readonly number[] {
  const key = deriveKey(study.key, 40 + sequence)
  const others = measurements.length - VITAL_SIGNS
  const offset = drawInteger(deriveKey(study.key, 32), 1, 0, others - 1)
  const count = visitType === 'Screening' ? 3 : visitType === 'Baseline' ? 2 : drawItem(key, 1, [0, 0, 1, 2])
  return [
    0,
    1,
    2 + ((sequence + offset) % (VITAL_SIGNS - 2)),
    // By a step that shares no divisor with their number, so that none comes twice.
    ...Array.from(
      { length: count },
      (_, place) => VITAL_SIGNS + ((offset + (sequence + place) * 19) % others),
    ),
  ]
}
