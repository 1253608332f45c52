import { deriveKey } from './content/draw.ts'
import type { StampedCollection } from './entities/collection.ts'
import { createPatients, type Patients } from './entities/patients.ts'
import { createSites, type Sites } from './entities/sites.ts'
import { createStudies, type Studies } from './entities/studies.ts'
import { createSubjects } from './entities/subjects.ts'

/** All that one instance holds, at every time from the epoch on: a pure function of seed, scale and instance. */
export interface World {
  readonly sites: Sites
  readonly studies: Studies
  readonly patients: Patients
  /** The subjects of the study of this id; null where there is no such study by then. */
  subjectsOf(studyId: number, now: number): StampedCollection | null
}

export type WorldEntity = 'sites' | 'studies' | 'patients' | 'subjects'

/** The contacts are those of GoHighLevel. */
export type EntityName = WorldEntity | 'contacts'

/** What a reader finds who comes back. */
export interface Changes {
  readonly inserted: number
  readonly changed: number
}

export interface WorldOptions {
  readonly seed: number
  /** 1: a thousand patients. */
  readonly scale: number
  readonly instanceId: number
}

// The key of an entity is derived with a number of its own; a new entity takes the next.
const entityKeys = { sites: 1, studies: 2, patients: 3 } as const

export function createWorld({ seed, scale, instanceId }: WorldOptions): World {
  const key = deriveKey(deriveKey(0, seed), instanceId)
  const sites = createSites(deriveKey(key, entityKeys.sites), Math.max(3, Math.round(8 * Math.sqrt(scale))))
  const studies = createStudies(
    deriveKey(key, entityKeys.studies),
    Math.max(3, Math.round(20 * Math.sqrt(scale))),
    sites,
  )
  const patients = createPatients(
    deriveKey(key, entityKeys.patients),
    Math.max(1, Math.round(1000 * scale)),
    sites,
  )
  return {
    sites,
    studies,
    patients,
    subjectsOf(studyId, now) {
      const study = studies.find(studyId, now)
      return study === null ? null : createSubjects(study, studies.stock, patients)
    },
  }
}

/** The collections of an entity as they are at a time (ms): one, or one a study. */
export function* collectionsOf(world: World, entity: WorldEntity, now: number): Generator<StampedCollection> {
  if (entity !== 'subjects') {
    yield world[entity]
    return
  }
  for (let index = 0; index < world.studies.count(now); index += 1) {
    yield createSubjects(world.studies.study(index), world.studies.stock, world.patients)
  }
}
