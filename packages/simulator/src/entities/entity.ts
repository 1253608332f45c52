import type { World, WorldEntity } from '../world.ts'
import type { Schema, StampedCollection } from './collection.ts'

/** What the API serves of one kind: all of it at once, or apart for each record of its parents. */
export interface Entity {
  /** Below `/api/v1`, with a `{parameter}` for the id of each parent. */
  readonly path: string
  /** Whether it speaks OData, or gives a bare array of everything and takes no options. */
  readonly shape: 'odata' | 'array'
  /** As in `$metadata#Patients`. */
  readonly title: string
  readonly schema: Schema
  /** Whose ids stand in the path, in its order; each is below those before it. */
  readonly parents: readonly WorldEntity[]
  /** The records below these parents; null where there is no such parent by then (ms). */
  open(world: World, ids: readonly number[], now: number): StampedCollection | null
  /** Records that are inserted there get ids from here on: no other record of the entity ever has one of them. */
  firstNewId(world: World, ids: readonly number[], now: number): number
  /** How many there are below all parents together, where that is known without asking each of them. */
  total?(world: World, now: number): number
}

/** Above all ids of the closed forms at any usual scale, and below what an int4 holds. */
const FIRST_NEW_ID = 1_900_000_000

/** An entity without parents. */
export function rootEntity(
  of: Pick<Entity, 'path' | 'title' | 'schema'> & Partial<Pick<Entity, 'shape'>>,
  open: (world: World) => StampedCollection,
): Entity {
  return { shape: 'odata', parents: [], ...of, open, firstNewId: () => FIRST_NEW_ID }
}
