import type { SimulatedRecord, Value } from '../content/value.ts'
import type { EditableCollection } from '../edits/editable-collection.ts'
import type { Holdings, Place } from '../edits/holdings.ts'
import { createOverlay } from '../edits/overlay.ts'
import type { Schema, StampedCollection } from '../entities/collection.ts'
import { contactId, contactNumber } from './contact-id.ts'

export const CONTACTS = '/contacts/'
const FIRST_NEW_ID = 1_900_000_000

/** What an instance of GoHighLevel holds: the contacts of one location, under the edits that were made. */
export function createContactHoldings(contacts: StampedCollection): Holdings {
  const collection = withTextIds(createOverlay(contacts, { firstNewId: FIRST_NEW_ID }))
  const place: Place = { path: CONTACTS, shape: 'contacts', collection, parameters: {} }
  const places = (of: string): readonly [Place] => {
    if (of === 'contacts' || of === CONTACTS) return [place]
    throw new Error(`The simulator serves nothing at ${of}`)
  }
  return {
    entities: ['contacts'],
    paths: [CONTACTS],
    get edits() {
      return collection.edits
    },
    open: (path) => (path === CONTACTS || `${path}/` === CONTACTS ? place : null),
    places,
    count: (of, now) => places(of)[0].collection.count(now),
  }
}

/** The collection as clients know it: with ids that are texts, and times by other names. */
function withTextIds(inner: EditableCollection): EditableCollection {
  return {
    name: inner.name,
    schema: outward(inner.schema, 'string' as const) as Schema,
    isOrdered: false,
    get edits() {
      return inner.edits
    },
    count: (now) => inner.count(now),
    record(index, now) {
      const record = inner.record(index, now)
      return outward(record, contactId(record['id'] as number))
    },
    has: (id, now) => inner.has(contactNumber(id), now),
    isTouched: (id) => inner.isTouched(contactNumber(id)),
    insert(fields, at) {
      const { id, ...own } = fields
      const number: SimulatedRecord = id === undefined ? {} : { id: contactNumber(id) }
      return contactId(inner.insert({ ...inward(own), ...number }, at) as number)
    },
    edit: (id, fields, at, options) => inner.edit(contactNumber(id), inward(fields), at, options),
    remove: (id, at) => inner.remove(contactNumber(id), at),
    changesBetween: (from, to) => inner.changesBetween(from, to),
  }
}

function outward<T>(
  { createdDate, modifiedDate, ...fields }: { readonly [field: string]: T },
  id: T,
): { readonly [field: string]: T } {
  return { ...fields, id, dateAdded: createdDate!, dateUpdated: modifiedDate! }
}

function inward({ dateAdded, dateUpdated, ...fields }: SimulatedRecord): SimulatedRecord {
  const known: { [field: string]: Value } = { ...fields }
  if (dateAdded !== undefined) known['createdDate'] = dateAdded
  if (dateUpdated !== undefined) known['modifiedDate'] = dateUpdated
  return known
}
