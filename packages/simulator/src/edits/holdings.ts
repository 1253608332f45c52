import { entities } from '../entities/entities.ts'
import type { Entity } from '../entities/entity.ts'
import { createGivenCollection, type GivenCollection } from '../given/given-collection.ts'
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
  /** The values of the path's places: `{ studyId: '4001' }`. */
  readonly parameters: { readonly [name: string]: string }
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
  /** How many records these collections hold. */
  count(of: string, now: number): number
}

export const API = '/api/v1'

const endpoints = Object.entries(entities) as readonly (readonly [WorldEntity, Entity])[]

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
      return collection === undefined ? null : { path, shape, collection, parameters }
    }
    return null
  }
  const isGiven = (path: string): boolean => given.some(({ pattern }) => matchPath(pattern, path) !== null)

  const open = (path: string, now: number): Place | null => {
    if (isGiven(path)) return openGiven(path)
    for (const [entity, { path: pattern, shape }] of endpoints) {
      const parameters = matchPath(API + pattern, path)
      if (parameters === null) continue
      const ids = Object.values(parameters)
      if (!ids.every((id) => /^\d{1,15}$/.test(id))) return null
      const collection = edited.open(entity, ids.map(Number), now)
      return collection === null ? null : { path, shape, collection, parameters }
    }
    return null
  }
  const entityOf = (name: string): WorldEntity | undefined =>
    endpoints.find(([entity, { path }]) => entity === name || API + path === name)?.[0]

  function* all(entity: WorldEntity, now: number): Generator<Place> {
    const { path, shape } = entities[entity]
    for (const [ids, collection] of edited.all(entity, now)) {
      yield { ...concrete(API + path, ids.map(String)), shape, collection }
    }
  }
  function* places(of: string, now: number): Generator<Place> {
    const own = given.find(({ pattern }) => pattern === of)
    if (own !== undefined) {
      const isOne = /^[^{]*\{[^{]*$/.test(of)
      for (const [values, collection] of own.collections) {
        yield { ...concrete(of, isOne ? [values] : values.split('/')), shape: own.shape, collection }
      }
      return
    }
    const entity = entityOf(of)
    if (entity !== undefined && entities[entity].parents.length > 0) return yield* all(entity, now)
    const place = open(entity === undefined ? of : API + entities[entity].path, now)
    if (place === null) throw new Error(`The simulator serves nothing at ${of}`)
    yield place
  }

  return {
    entities: endpoints.map(([entity]) => entity),
    paths: [...endpoints.map(([, { path }]) => API + path), ...given.map(({ pattern }) => pattern)],
    get edits() {
      const own = given.flatMap((each) => [...each.collections.values()])
      return edited.edits + own.reduce((sum, collection) => sum + collection.edits, 0)
    },
    open,
    places,
    count(of, now) {
      const entity = isGiven(of) ? undefined : entityOf(of)
      const total = entity === undefined ? null : edited.total(entity, now)
      if (total !== null) return total
      let count = 0
      for (const { collection } of places(of, now)) count += collection.count(now)
      return count
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

/** A path of a pattern, with these values in its places. */
function concrete(pattern: string, values: readonly string[]): Pick<Place, 'path' | 'parameters'> {
  const parameters: { [name: string]: string } = {}
  let place = 0
  const path = pattern.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values[place] ?? ''
    place += 1
    parameters[name] = value
    return encodeURIComponent(value)
  })
  return { path, parameters }
}
