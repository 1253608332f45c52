import type { EditableCollection } from '../edits/editable-collection.ts'
import type { EditedWorld } from '../edits/edited-world.ts'
import type { WorldEntity } from '../world.ts'

/** One endpoint of the API, below `/api/v1`. */
export interface Endpoint {
  /** As in the source file of the project: `/studies/{studyId}/subjects/odata`. */
  readonly path: string
  readonly entity: WorldEntity
  /** Whether it speaks OData, or gives a bare array of everything and takes no options. */
  readonly shape: 'odata' | 'array'
  /** The collection behind it; null where a path parameter leads nowhere. `now` in ms. */
  open(
    world: EditedWorld,
    parameters: { readonly [name: string]: string },
    now: number,
  ): EditableCollection | null
}

export const API = '/api/v1'

/** A new entity is a file in `entities/`, a field of `World` and a line here. */
export const endpoints: readonly Endpoint[] = [
  { path: '/sites', entity: 'sites', shape: 'array', open: (world) => world.sites },
  { path: '/studies/odata', entity: 'studies', shape: 'odata', open: (world) => world.studies },
  { path: '/patients/odata', entity: 'patients', shape: 'odata', open: (world) => world.patients },
  {
    path: '/studies/{studyId}/subjects/odata',
    entity: 'subjects',
    shape: 'odata',
    open: (world, { studyId = '' }, now) =>
      /^\d{1,15}$/.test(studyId) ? world.subjectsOf(Number(studyId), now) : null,
  },
]
