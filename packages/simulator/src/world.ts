import { deriveKey } from './content/draw.ts'
import { type Conduct, createConduct } from './course/conduct.ts'
import { createSteps, type Steps } from './course/steps.ts'
import { createVisitCourses, type VisitCourses } from './course/visit-courses.ts'
import { keyReader, type StampedCollection } from './entities/collection.ts'
import { createElements, type Elements } from './entities/elements.ts'
import { entities } from './entities/entities.ts'
import { createPatients, type Patients } from './entities/patients.ts'
import { createSites, type Sites } from './entities/sites.ts'
import { createStaff, type Staff } from './entities/staff.ts'
import { createStudies, type Studies } from './entities/studies.ts'

/** All that one instance holds, at every time from the epoch on: a pure function of seed, scale and instance. */
export interface World {
  readonly sites: Sites
  readonly studies: Studies
  readonly patients: Patients
  readonly elements: Elements
  readonly staff: Staff
  /** What the subjects of all studies have come to, in the order of time. */
  readonly steps: Steps
  readonly visitCourses: VisitCourses
  /** How the study of this index is conducted. */
  conduct(index: number): Conduct
  /** The same by the id of the study; null where there is no such study by then. */
  conductOf(studyId: number, now: number): Conduct | null
  /** The records of an entity below these parents; null where there is no such parent by then (ms). */
  open(entity: WorldEntity, ids: readonly number[], now: number): StampedCollection | null
}

export type WorldEntity = keyof typeof entities

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

// Each has a number of its own; the next one is 6.
const keys = { sites: 1, studies: 2, patients: 3, elements: 4, staff: 5 } as const

export function createWorld({ seed, scale, instanceId }: WorldOptions): World {
  const key = deriveKey(deriveKey(0, seed), instanceId)
  const sites = createSites(deriveKey(key, keys.sites), Math.max(3, Math.round(8 * Math.sqrt(scale))))
  const patientCount = Math.max(1, Math.round(1000 * scale))
  const studies = createStudies(
    deriveKey(key, keys.studies),
    Math.max(3, Math.round(20 * Math.sqrt(scale))),
    sites,
    patientCount,
  )
  const patients = createPatients(deriveKey(key, keys.patients), patientCount, sites)
  const elements = createElements(deriveKey(key, keys.elements), scale)
  const staff = createStaff(deriveKey(key, keys.staff), sites)

  /** Of the studies that were asked for. */
  const conducts = new Map<number, Conduct>()
  const conduct = (index: number): Conduct => {
    let known = conducts.get(index)
    if (known === undefined) {
      known = createConduct(studies.study(index), studies, patients)
      conducts.set(index, known)
    }
    return known
  }
  const steps = createSteps(studies, conduct)
  /** Without parents: each may hold an index. */
  const roots = new Map<WorldEntity, StampedCollection>()

  const world: World = {
    sites,
    studies,
    patients,
    elements,
    staff,
    steps,
    visitCourses: createVisitCourses(steps),
    conduct,
    conductOf(studyId, now) {
      const study = studies.find(studyId, now)
      return study === null ? null : conduct(study.index)
    },
    open(entity, ids, now) {
      const known = roots.get(entity)
      if (known !== undefined) return known
      const opened = entities[entity].open(world, ids, now)
      if (opened !== null && ids.length === 0) roots.set(entity, opened)
      return opened
    },
  }
  return world
}

/** The collections of an entity as they are at a time (ms): one, or one for each of its parents. */
export function* collectionsOf(world: World, entity: WorldEntity, now: number): Generator<StampedCollection> {
  const open = (name: WorldEntity, ids: readonly number[]) => world.open(name, ids, now)
  for (const ids of parentIds(open, entity, now)) yield open(entity, ids)!
}

/** The ids below which there are records of an entity: of each of its parents, and of theirs. */
export function* parentIds(
  open: (entity: WorldEntity, ids: readonly number[]) => Parameters<typeof keyReader>[0] | null,
  entity: WorldEntity,
  now: number,
): Generator<readonly number[]> {
  const parents: readonly WorldEntity[] = entities[entity].parents
  const parent = parents.at(-1)
  if (parent === undefined) return yield []
  for (const above of parentIds(open, parent, now)) {
    const collection = open(parent, above)!
    const idAt = keyReader(collection, now)
    for (let index = 0; index < collection.count(now); index += 1) yield [...above, idAt(index) as number]
  }
}
