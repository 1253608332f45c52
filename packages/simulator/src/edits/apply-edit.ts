import type { SimulatedClock } from '../clock.ts'
import { hashText } from '../content/hash-text.ts'
import type { SimulatedRecord, Value } from '../content/value.ts'
import { keyReader } from '../entities/collection.ts'
import type { EditSpec } from './edit-spec.ts'
import type { Holdings, Place } from './holdings.ts'

/**
 * Changes the records of one instance, and gives the ids that were touched. Each edit moves the clock by a
 * millisecond, so that each has a change time of its own. Throws `Error` for a record or place that is not there.
 */
export function applyEdit(
  holdings: Holdings,
  clock: SimulatedClock,
  edit: EditSpec & { readonly entity: string },
): readonly Value[] {
  const { kind, entity, id, count = 1, keepsStamp = false } = edit
  const fields = (edit.fields ?? {}) as SimulatedRecord
  const touched: Value[] = []
  for (let done = 0; done < (id === undefined ? count : 1); done += 1) {
    clock.advance(1)
    const now = clock.now().getTime()
    if (kind === 'insert') {
      const place = home(holdings, entity, id ?? fields['id'], fields, now)
      const key = place.collection.key ?? 'id'
      touched.push(place.collection.insert(id === undefined ? fields : { ...fields, [key]: id }, now))
      continue
    }
    const [place, known] = id === undefined ? draw(holdings, entity, now) : find(holdings, entity, id, now)
    if (kind === 'delete') place.collection.remove(known, now)
    else place.collection.edit(known, fields, now, { keepsStamp })
    touched.push(known)
  }
  return touched
}

/** Where a new record belongs: one that comes back, where it was; else below the parents that it names, or the first ones. */
function home(
  holdings: Holdings,
  entity: string,
  id: Value | undefined,
  fields: SimulatedRecord,
  now: number,
): Place {
  const places = [...holdings.places(entity, now)]
  let found = places.find(({ collection }) => id !== undefined && collection.isTouched(id))
  let most = -1
  for (const place of found === undefined ? places : []) {
    const named = Object.entries(place.parameters).filter(([name, value]) => idNamed(fields, name) === value)
    if (named.length <= most) continue
    most = named.length
    found = place
  }
  if (found !== undefined) return found
  throw new Error(`There is no place for a new record of ${entity}`)
}

/** What a record says of the parent whose id a path takes as `studyId`: `{"study": {"id": …}}`. */
function idNamed(fields: SimulatedRecord, parameter: string): string | null {
  const parent = fields[parameter.replace(/Id$/, '')]
  return typeof parent === 'object' && parent !== null && 'id' in parent ? String(parent.id) : null
}

function find(holdings: Holdings, entity: string, id: Value, now: number): readonly [Place, Value] {
  for (const place of holdings.places(entity, now)) {
    if (place.collection.has(id, now)) return [place, id]
  }
  throw new Error(`There is no record ${String(id)} of ${entity}`)
}

/** Any record, another after each edit, the same in each repetition of a test. */
function draw(holdings: Holdings, entity: string, now: number): readonly [Place, Value] {
  const places = [...holdings.places(entity, now)].filter(({ collection }) => collection.count(now) > 0)
  const total = places.reduce((sum, { collection }) => sum + collection.count(now), 0)
  let index = Math.floor(hashText(`${entity} ${holdings.edits}`) * total)
  for (const place of places) {
    const count = place.collection.count(now)
    if (index < count) return [place, keyReader(place.collection, now)(index)]
    index -= count
  }
  throw new Error(`There is no record of ${entity}`)
}
