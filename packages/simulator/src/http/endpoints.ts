import type { Collection } from '../entities/collection.ts'
import type { World } from '../world.ts'

/** One endpoint of the API, below `/api/v1`. */
export interface Endpoint {
  /** As in the source file of the project: `/studies/{studyId}/subjects/odata`. */
  readonly path: string
  /** Whether it speaks OData, or gives a bare array of everything and takes no options. */
  readonly shape: 'odata' | 'array'
  /** The collection behind it; null where a path parameter leads nowhere. `now` in ms. */
  open(world: World, parameters: { readonly [name: string]: string }, now: number): Collection | null
}

/** A new entity is a file in `entities/`, a field of `World` and a line here. */
export const endpoints: readonly Endpoint[] = [
  { path: '/sites', shape: 'array', open: (world) => world.sites },
  { path: '/studies/odata', shape: 'odata', open: (world) => world.studies },
  { path: '/patients/odata', shape: 'odata', open: (world) => world.patients },
  {
    path: '/studies/{studyId}/subjects/odata',
    shape: 'odata',
    open: (world, { studyId = '' }, now) =>
      /^\d{1,15}$/.test(studyId) ? world.subjectsOf(Number(studyId), now) : null,
  },
]

export interface Route {
  readonly endpoint: Endpoint
  readonly parameters: { readonly [name: string]: string }
}

/** The endpoint of a path below `/api/v1`, with the values of its parameters. */
export function findRoute(path: string): Route | null {
  const parts = path.split('/')
  for (const endpoint of endpoints) {
    const pattern = endpoint.path.split('/')
    if (pattern.length !== parts.length) continue
    const parameters: { [name: string]: string } = {}
    const isMatch = pattern.every((expected, position) => {
      const part = parts[position]!
      if (!expected.startsWith('{')) return expected === part
      parameters[expected.slice(1, -1)] = part
      return true
    })
    if (isMatch) return { endpoint, parameters }
  }
  return null
}
