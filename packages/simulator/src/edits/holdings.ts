import { createGivenCollection, type GivenCollection } from '../given/given-collection.ts'
import { API, endpoints } from '../http/endpoints.ts'
import { matchPath } from '../http/match-path.ts'
import type { EntityName, World, WorldEntity } from '../world.ts'
import type { EditableCollection } from './editable-collection.ts'
import { createEditedWorld } from './edited-world.ts'

/** A collection and where it is served. */
export interface Place {
  /** Below the instance: `/api/v1/studies/4001/subjects/odata`. */
  readonly path: string
  readonly shape: 'odata' | 'array' | 'contacts'
  readonly collection: EditableCollection
}

/** All that one instance holds: the simulated world under the edits made to it, and what a test gave. */
export interface Holdings {
  readonly entities: readonly EntityName[]
  /** The endpoints, as patterns below the instance. */
  readonly paths: readonly string[]
  /** How many edits there have been. */
  readonly edits: number
  /** What is served at a path below the instance. */
  open(path: string, now: number): Place | null
  /** The collections of an entity, or of a path or pattern of paths. Throws where there is no such thing. */
  places(of: string, now: number): Iterable<Place>
}

interface Given {
  readonly pattern: string
  readonly shape: 'odata' | 'array'
  /** By the path. */
  readonly collections: Map<string, EditableCollection>
}

export function createHoldings(
  world: World,
  collections: { readonly [path: string]: GivenCollection },
): Holdings {
  const edited = createEditedWorld(world)
  const given = Object.entries(collections).map(([pattern, declared]) => createGiven(pattern, declared))

  const openGiven = (path: string): Place | null => {
    for (const { pattern, shape, collections } of given) {
      const parameters = matchPath(pattern, path)
      if (parameters === null) continue
      const collection = collections.get(Object.values(parameters).join('/'))
      return collection === undefined ? null : { path, shape, collection }
    }
    return null
  }
  const isGiven = (path: string): boolean => given.some(({ pattern }) => matchPath(pattern, path) !== null)

  const open = (path: string, now: number): Place | null => {
    if (isGiven(path)) return openGiven(path)
    for (const endpoint of endpoints) {
      const parameters = matchPath(API + endpoint.path, path)
      if (parameters === null) continue
      const collection = endpoint.open(edited, parameters, now)
      return collection === null ? null : { path, shape: endpoint.shape, collection }
    }
    return null
  }

  function* subjects(now: number): Generator<Place> {
    for (let index = 0; index < edited.studies.count(now); index += 1) {
      const id = edited.studies.glance!.at(index, now)['id'] as number
      yield {
        path: `${API}/studies/${id}/subjects/odata`,
        shape: 'odata',
        collection: edited.subjectsOf(id, now)!,
      }
    }
  }
  const entity = (name: string): WorldEntity | undefined =>
    endpoints.find((endpoint) => endpoint.entity === name || API + endpoint.path === name)?.entity

  return {
    entities: endpoints.map((endpoint) => endpoint.entity),
    paths: [...endpoints.map(({ path }) => API + path), ...given.map(({ pattern }) => pattern)],
    get edits() {
      const own = given.flatMap((each) => [...each.collections.values()])
      return edited.edits + own.reduce((sum, collection) => sum + collection.edits, 0)
    },
    open,
    *places(of, now) {
      const own = given.find(({ pattern }) => pattern === of)
      if (own !== undefined) {
        for (const [values, collection] of own.collections) {
          yield { path: concrete(of, values), shape: own.shape, collection }
        }
        return
      }
      const name = entity(of)
      if (name === 'subjects') return yield* subjects(now)
      const path =
        name === undefined ? of : API + endpoints.find((endpoint) => endpoint.entity === name)!.path
      const place = open(path, now)
      if (place === null) throw new Error(`The simulator serves nothing at ${of}`)
      yield place
    },
  }
}

function createGiven(pattern: string, declared: GivenCollection): Given {
  const { records } = declared
  const name = pattern.split('/').findLast((part) => !['odata', ''].includes(part)) ?? 'Records'
  const sets = isList(records) ? ([['', records]] as const) : Object.entries(records)
  return {
    pattern,
    shape: declared.shape ?? 'odata',
    collections: new Map(sets.map(([values, own]) => [values, createGivenCollection(name, declared, own)])),
  }
}

function isList<T>(
  records: readonly T[] | { readonly [values: string]: readonly T[] },
): records is readonly T[] {
  return Array.isArray(records)
}

function concrete(pattern: string, values: string): string {
  const places = pattern.match(/\{[^{}]+\}/g) ?? []
  const parts = places.length === 1 ? [values] : values.split('/')
  return pattern.replace(/\{[^{}]+\}/g, () => encodeURIComponent(parts.shift() ?? ''))
}
