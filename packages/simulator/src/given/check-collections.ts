import { ConfigurationError } from '@strata/core'
import { createGivenCollection, type GivenCollection, type GivenRecord } from './given-collection.ts'

export type GivenCollections = { readonly [path: string]: GivenCollection }

const fields = ['key', 'records', 'stamp', 'shape']

/**
 * Checks collections that came as JSON: by path a list of records, or `{"key", "records", "stamp", "shape"}`. Throws
 * `ConfigurationError` that names the path.
 */
export function checkCollections(given: unknown): GivenCollections {
  if (!isObject(given))
    throw invalid('The collections', 'are no object', 'Give {"/api/v1/things/odata": [{"id": 1}, …]}.')
  return Object.fromEntries(Object.entries(given).map(([path, value]) => [path, checkOne(path, value)]))
}

function checkOne(path: string, given: unknown): GivenCollection {
  const place = `The collection ${path}`
  if (!path.startsWith('/'))
    throw invalid(place, 'is at no path', 'A path begins with /, below the instance.')
  const value: unknown = Array.isArray(given) ? { records: given } : given
  if (!isObject(value)) throw invalid(place, 'holds no records', 'Give a list of records.')
  const unknown = Object.keys(value).find((name) => !fields.includes(name))
  if (unknown !== undefined) throw invalid(place, `knows no ${unknown}`, `It takes ${fields.join(', ')}.`)
  const { key, records, stamp, shape } = value
  if (key !== undefined && typeof key !== 'string')
    throw invalid(place, 'has a wrong key', 'Give the name of a field.')
  if (stamp !== undefined && stamp !== null && typeof stamp !== 'string')
    throw invalid(place, 'has a wrong stamp', 'Give the name of a field, or null.')
  if (shape !== undefined && shape !== 'odata' && shape !== 'array')
    throw invalid(place, 'has a wrong shape', 'One of: odata, array.')
  const lists = isObject(records) ? Object.values(records) : [records]
  if (!lists.every(isRecords))
    throw invalid(
      place,
      'has wrong records',
      'Give a list of objects; for a path with {places} an object of such lists, by their values.',
    )
  const collection = value as unknown as GivenCollection
  try {
    for (const list of lists as (readonly GivenRecord[])[]) createGivenCollection(path, collection, list)
  } catch (cause) {
    throw invalid(place, `cannot be served: ${cause instanceof Error ? cause.message : cause}`, 'Change it.')
  }
  return collection
}

function isRecords(value: unknown): value is readonly GivenRecord[] {
  return Array.isArray(value) && value.every(isObject)
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(place: string, problem: string, hint: string): ConfigurationError {
  return new ConfigurationError({
    code: 'SIMULATOR_COLLECTION_INVALID',
    message: `${place} ${problem}.`,
    hint,
  })
}
