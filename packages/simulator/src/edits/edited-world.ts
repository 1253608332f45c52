import type { Collection, StampedCollection } from '../entities/collection.ts'
import { entities } from '../entities/entities.ts'
import type { Entity } from '../entities/entity.ts'
import { parentIds, type World, type WorldEntity } from '../world.ts'
import type { EditableCollection } from './editable-collection.ts'
import { createOverlay } from './overlay.ts'

/** A world under the edits that were made to it. */
export interface EditedWorld {
  /** How many edits there have been. */
  readonly edits: number
  /** The records of an entity below these parents; null where there is no such parent now (ms). */
  open(entity: WorldEntity, ids: readonly number[], now: number): EditableCollection | null
  /** All collections of an entity, with the ids of their parents. */
  all(entity: WorldEntity, now: number): Iterable<readonly [readonly number[], EditableCollection]>
  /** Records of an entity, below all parents together; null where each collection must be asked. */
  total(entity: WorldEntity, now: number): number | null
}

export function createEditedWorld(world: World): EditedWorld {
  /** Those that were edited; others are made when they are asked for. */
  const edited = new Map<string, EditableCollection>()
  let edits = 0

  /** Of parents that are there. */
  const below = (entity: WorldEntity, ids: readonly number[], now: number): EditableCollection => {
    const key = `${entity} ${ids.join('/')}`
    const known = edited.get(key)
    if (known !== undefined) return known
    const declared: Entity = entities[entity]
    const own: EditableCollection = createOverlay(world.open(entity, ids, now) ?? empty(declared), {
      firstNewId: declared.firstNewId(world, ids, now),
      onEdit() {
        edited.set(key, own)
        edits += 1
      },
    })
    return own
  }
  const open = (entity: WorldEntity, ids: readonly number[], now: number): EditableCollection | null => {
    const parents: readonly WorldEntity[] = entities[entity].parents
    const isThere = parents.every((parent, place) =>
      below(parent, ids.slice(0, place), now).has(ids[place]!, now),
    )
    return isThere ? below(entity, ids, now) : null
  }
  function* all(entity: WorldEntity, now: number) {
    const parent = (name: WorldEntity, ids: readonly number[]): Collection => below(name, ids, now)
    for (const ids of parentIds(parent, entity, now)) yield [ids, below(entity, ids, now)] as const
  }

  return {
    get edits() {
      return edits
    },
    open,
    all,
    total(entity, now) {
      const { total }: Entity = entities[entity]
      return total === undefined || edits > 0 ? null : total(world, now)
    },
  }
}

/** The records below a parent that was inserted. */
function empty({ title, schema }: Entity): StampedCollection {
  return {
    name: title,
    schema,
    count: () => 0,
    stamp: () => ({ id: 0, createdDate: 0, modifiedDate: 0 }),
    record: () => ({}),
  }
}
