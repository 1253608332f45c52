import type { Arrivals } from '../content/arrivals.ts'
import { deriveKey } from '../content/draw.ts'
import { EPOCH } from '../content/epoch.ts'
import type { Conduct } from '../course/conduct.ts'
import type { World } from '../world.ts'
import type { StampedCollection } from './collection.ts'
import type { Entity } from './entity.ts'
import type { Study } from './studies.ts'

/** An id tells its study, so that ids are unique in an instance. */
const IDS_PER_STUDY = 1_000_000
const FIRST_NEW = 900_001

/** An entity whose records are asked for study by study. */
export function studyEntity(
  of: Pick<Entity, 'path' | 'title' | 'schema'>,
  open: (conduct: Conduct, world: World) => StampedCollection,
): Entity {
  return {
    shape: 'odata',
    parents: ['studies'],
    ...of,
    open(world, [studyId], now) {
      const conduct = world.conductOf(studyId!, now)
      return conduct === null ? null : open(conduct, world)
    },
    firstNewId(world, [studyId], now) {
      const study = world.studies.find(studyId!, now)
      // Of a study that was inserted.
      return study === null ? studyId! * 1_000 : study.index * IDS_PER_STUDY + IDS_PER_STUDY + FIRST_NEW
    },
  }
}

/** The id of the record of this index among those of its study. */
export function idInStudy(study: Study, index: number): number {
  return (study.index + 1) * IDS_PER_STUDY + index + 1
}

/** Records that come in the course of a study: some before the epoch, one in each interval (ms) from then on. */
export function studyArrivals(study: Study, part: number, stock: number, interval: number): Arrivals {
  return {
    key: deriveKey(study.key, part),
    stock: study.created <= EPOCH ? stock : 0,
    history: Math.max(0, EPOCH - study.created),
    interval: study.endsAt <= EPOCH ? Number.POSITIVE_INFINITY : interval,
    start: Math.max(EPOCH, study.created),
  }
}
