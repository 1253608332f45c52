import { dateTimeText } from '../content/date-text.ts'
import { exactDigits, exactNumber, type SimulatedRecord, type Value } from '../content/value.ts'
import { type Glance, glanceOf, type StampedCollection } from '../entities/collection.ts'
import type { Edit, EditableCollection } from './editable-collection.ts'
import { placeOf } from './sorted-list.ts'

export interface OverlayOptions {
  /** New records get ids from here on; no record of the collection below ever has one of them. */
  readonly firstNewId: number
  onEdit?(): void
}

/** Edits over a collection that is a closed form: in memory are the edits alone. */
export function createOverlay(base: StampedCollection, options: OverlayOptions): EditableCollection {
  /** By id, in the order in which they were made. */
  const history = new Map<number, Edit[]>()
  /** Indexes of the base that are gone, ascending. */
  const gone: number[] = []
  /** Ids above those of the base, ascending. */
  const added: number[] = []
  let edits = 0
  let nextId = options.firstNewId

  const baseIndex = (id: Value, now: number): number | null => {
    if (typeof id !== 'number') return null
    const count = base.count(now)
    if (base.indexOf !== undefined) {
      const index = base.indexOf(id)
      return Number.isInteger(index) && index >= 0 && index < count ? index : null
    }
    let [low, high] = [0, count]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (base.stamp(middle, now).id < id) low = middle + 1
      else high = middle
    }
    return low < count && base.stamp(low, now).id === id ? low : null
  }
  const goneBelow = (index: number): number => placeOf(gone, (item) => item < index)
  const kept = (now: number): number => base.count(now) - goneBelow(base.count(now))
  /** The index in the base; null for an added record. */
  const below = (index: number, now: number): number | null => {
    if (gone.length === 0) return index < base.count(now) ? index : null
    if (index >= kept(now)) return null
    let [low, high] = [0, gone.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (gone[middle]! - middle <= index) low = middle + 1
      else high = middle
    }
    return index + low
  }
  const addedAt = (index: number, now: number): number => added[index - kept(now)]!

  const edited = (record: SimulatedRecord, time: (ms: number) => Value): SimulatedRecord => {
    const own = lastStay(history.get(record['id'] as number))
    if (own.length === 0) return record
    let latest: Value = record['modifiedDate'] ?? null
    for (const { at, keepsStamp } of own) if (!keepsStamp && time(at)! > latest!) latest = time(at)
    return Object.assign({ ...record }, { modifiedDate: latest }, ...own.map(({ fields }) => fields))
  }
  const template = (id: number, at: number): SimulatedRecord => {
    const stamped = { id, createdDate: dateTimeText(at), modifiedDate: dateTimeText(at) }
    if (base.count(at) === 0) return { ...empty(base), ...stamped }
    const like = base.record(id % base.count(at), at)
    const own = Object.entries(like).map(([name, value]) => [name, freshNumber(value, id)])
    return { ...Object.fromEntries(own), ...stamped }
  }
  const addedRecord = (id: number): SimulatedRecord => {
    const [first] = lastStay(history.get(id))
    return edited({ ...template(id, first!.at) }, dateTimeText)
  }
  const glance = glanceOf(base)
  const overlaid: Glance = {
    fields: glance.fields,
    at(index, now) {
      const under = below(index, now)
      if (under === null) return addedRecord(addedAt(index, now))
      const seen = glance.at(under, now)
      return history.size === 0 ? seen : edited(seen, (ms) => ms)
    },
  }

  const note = (id: number, edit: Edit): void => {
    history.set(id, [...(history.get(id) ?? []), edit])
    edits += 1
    options.onEdit?.()
  }
  const has = (id: Value, now: number): boolean => {
    const index = baseIndex(id, now)
    return index === null ? added.includes(id as number) : !gone.includes(index)
  }
  const need = (id: Value, now: number): number => {
    if (has(id, now)) return id as number
    throw new Error(`There is no record ${String(id)} in ${base.name}`)
  }
  /** When the record was last changed; null where it is not there. */
  const stateAt = (id: number, time: number): number | null => {
    const index = baseIndex(id, time)
    const known = index === null ? null : base.stamp(index, time).modifiedDate
    const past = (history.get(id) ?? []).filter(({ at }) => at <= time)
    if (past.length === 0) return known
    if (past.at(-1)!.fields === null) return null
    const stamps = lastStay(past).filter(({ keepsStamp }) => !keepsStamp)
    return Math.max(known ?? Number.NEGATIVE_INFINITY, ...stamps.map(({ at }) => at))
  }

  return {
    name: base.name,
    schema: base.schema,
    glance: overlaid,
    get edits() {
      return edits
    },
    count: (now) => kept(now) + added.length,
    record(index, now) {
      const under = below(index, now)
      if (under === null) return addedRecord(addedAt(index, now))
      const record = base.record(under, now)
      return history.size === 0 ? record : edited(record, dateTimeText)
    },
    has,
    isTouched: (id) => history.has(id as number),
    insert(fields, at) {
      const id = fields['id'] ?? nextId
      if (typeof id !== 'number' || has(id, at)) {
        throw new Error(
          `A record ${String(id)} cannot be inserted into ${base.name}: it is there, or not a number`,
        )
      }
      const index = baseIndex(id, at)
      if (index === null && id < options.firstNewId) {
        throw new Error(`New records of ${base.name} have ids from ${options.firstNewId} on`)
      }
      if (index === null) {
        added.splice(
          placeOf(added, (item) => item < id),
          0,
          id,
        )
        nextId = Math.max(nextId, id + 1)
      } else gone.splice(goneBelow(index), 1)
      const created: SimulatedRecord = index === null ? {} : { createdDate: dateTimeText(at) }
      note(id, { at, fields: { ...created, ...fields, id }, keepsStamp: false })
      return id
    },
    edit(id, fields, at, { keepsStamp }) {
      note(need(id, at), { at, fields, keepsStamp })
    },
    remove(id, at) {
      const known = need(id, at)
      const index = baseIndex(id, at)
      if (index === null) added.splice(added.indexOf(known), 1)
      else gone.splice(goneBelow(index), 0, index)
      note(known, { at, fields: null, keepsStamp: false })
    },
    changesBetween(from, to) {
      const known = base.count(from)
      let inserted = base.count(to) - known
      let changed = 0
      let deleted = 0
      for (let index = 0; index < known; index += 1) {
        if (base.stamp(index, to).modifiedDate > from) changed += 1
      }
      for (const id of history.keys()) {
        const index = baseIndex(id, to)
        if (index !== null && index >= known) inserted -= 1
        else if (index !== null && base.stamp(index, to).modifiedDate > from) changed -= 1
        const [before, after] = [stateAt(id, from), stateAt(id, to)]
        if (before === null && after !== null) inserted += 1
        else if (before !== null && after === null) deleted += 1
        else if (before !== null && after! > from) changed += 1
      }
      return { inserted, changed, deleted }
    },
  }
}

/** The edits since the record last came (back). */
function lastStay(edits: readonly Edit[] | undefined): readonly Edit[] {
  if (edits === undefined) return []
  return edits.slice(edits.findLastIndex(({ fields }) => fields === null) + 1)
}

/** Exact numbers are beyond what a double holds, and no two records share one. */
function freshNumber(value: Value, id: number): Value {
  const digits = exactDigits(value)
  return digits === null || digits.includes('.')
    ? value
    : exactNumber(String(9_007_199_254_740_993n + 2n * BigInt(id)))
}

function empty({ schema }: StampedCollection): SimulatedRecord {
  return Object.fromEntries(Object.keys(schema).map((field) => [field, null]))
}
