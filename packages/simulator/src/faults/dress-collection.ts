import type { SimulatedRecord } from '../content/value.ts'
import { type Collection, glanceOf } from '../entities/collection.ts'

/** A collection in other clothes: what is not given is as it was. */
export function dressCollection(
  base: Collection,
  other: Partial<
    Pick<Collection, 'schema' | 'key' | 'isOrdered' | 'glance' | 'count' | 'record' | 'isStale'>
  >,
): Collection {
  return {
    name: base.name,
    schema: base.schema,
    ...(base.key !== undefined && { key: base.key }),
    ...(base.isOrdered !== undefined && { isOrdered: base.isOrdered }),
    ...(base.isStale !== undefined && { isStale: base.isStale }),
    glance: glanceOf(base),
    count: (now) => base.count(now),
    record: (index, now) => base.record(index, now),
    ...other,
  }
}

/** Each record changed, and in the same way what is seen of it at a glance. */
export function dressRecords(
  base: Collection,
  change: (record: SimulatedRecord) => SimulatedRecord,
  other: Partial<Pick<Collection, 'schema' | 'key' | 'isOrdered' | 'glance'>> = {},
): Collection {
  const glance = glanceOf(base)
  return dressCollection(base, {
    glance: { fields: glance.fields, at: (index, now) => change(glance.at(index, now)) },
    record: (index, now) => change(base.record(index, now)),
    ...other,
  })
}
