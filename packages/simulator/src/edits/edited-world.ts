import type { StampedCollection } from '../entities/collection.ts'
import { subjectsSchema } from '../entities/subjects.ts'
import type { World } from '../world.ts'
import type { EditableCollection } from './editable-collection.ts'
import { createOverlay } from './overlay.ts'

/** A world under the edits that were made to it. */
export interface EditedWorld {
  readonly sites: EditableCollection
  readonly studies: EditableCollection
  readonly patients: EditableCollection
  /** How many edits there have been. */
  readonly edits: number
  /** The subjects of a study; null where there is no such study now. */
  subjectsOf(studyId: number, now: number): EditableCollection | null
}

/** Above all ids of the closed forms at any usual scale, and below what an int4 holds. */
const FIRST_NEW_ID = 1_900_000_000
/** A subject's id tells its study: see `createSubjects`. */
const FIRST_NEW_SUBJECT = 900_001

export function createEditedWorld(world: World): EditedWorld {
  const overlay = (base: StampedCollection) => createOverlay(base, { firstNewId: FIRST_NEW_ID })
  const sites = overlay(world.sites)
  const studies = overlay(world.studies)
  const patients = overlay(world.patients)
  /** Of the studies whose subjects were edited. */
  const subjects = new Map<number, EditableCollection>()

  return {
    sites,
    studies,
    patients,
    get edits() {
      const all = [sites, studies, patients, ...subjects.values()]
      return all.reduce((sum, each) => sum + each.edits, 0)
    },
    subjectsOf(studyId, now) {
      if (!studies.has(studyId, now)) return null
      const known = subjects.get(studyId)
      if (known !== undefined) return known
      const study = world.studies.find(studyId, now)
      const own: EditableCollection = createOverlay(world.subjectsOf(studyId, now) ?? none, {
        firstNewId: study === null ? studyId * 1_000 : (study.index + 1) * 1_000_000 + FIRST_NEW_SUBJECT,
        onEdit: () => subjects.set(studyId, own),
      })
      return own
    },
  }
}

/** The subjects of a study that was inserted. */
const none: StampedCollection = {
  name: 'Subjects',
  schema: subjectsSchema,
  count: () => 0,
  stamp: () => ({ id: 0, createdDate: 0, modifiedDate: 0 }),
  record: () => ({}),
}
