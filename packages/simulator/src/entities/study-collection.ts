import { type Arrivals, countAt, createdAt } from '../content/arrivals.ts'
import { dateTimeText } from '../content/date-text.ts'
import { deriveKey, type Key } from '../content/draw.ts'
import type { SimulatedRecord } from '../content/value.ts'
import type { StampedCollection } from './collection.ts'
import type { Entity } from './entity.ts'
import type { Study } from './studies.ts'
import { idInStudy } from './study-arrivals.ts'

/** One record of a study as it is at a time (ms). */
export interface StudyRecord {
  /** All but the id and the times of creation and change. */
  readonly fields: SimulatedRecord
  /** When it last changed; not before its creation. */
  readonly modified: number
}

/** Records that come in the course of a study, each described by its key and the time of its creation. */
export function createStudyCollection(
  { title, schema }: Pick<Entity, 'title' | 'schema'>,
  study: Study,
  arrivals: Arrivals,
  describe: (key: Key, created: number, now: number, index: number) => StudyRecord,
): StampedCollection {
  const at = (index: number, now: number) => {
    const created = createdAt(arrivals, index)
    const key = deriveKey(arrivals.key, 1_000_000 + index)
    return { created, ...describe(key, created, now, index) }
  }
  return {
    name: title,
    schema,
    count: (now) => countAt(arrivals, now),
    stamp(index, now) {
      const { created, modified } = at(index, now)
      return { id: idInStudy(study, index), createdDate: created, modifiedDate: modified }
    },
    record(index, now) {
      const { created, fields, modified } = at(index, now)
      return {
        id: idInStudy(study, index),
        ...fields,
        createdDate: dateTimeText(created),
        modifiedDate: dateTimeText(modified),
      }
    },
  }
}
