import { expect, test } from 'vitest'
import { checkCollections } from './check-collections.ts'

test.each([
  [[], 'The collections are no object.'],
  [{ things: [] }, 'The collection things is at no path.'],
  [{ '/a': 5 }, 'The collection /a holds no records.'],
  [{ '/a': { record: [] } }, 'The collection /a knows no record.'],
  [{ '/a': { records: [1] } }, 'The collection /a has wrong records.'],
  [{ '/a': { records: [], shape: 'xml' } }, 'The collection /a has a wrong shape.'],
  [{ '/a': [{ id: 1 }, { id: 1 }] }, 'The collection /a cannot be served: /a holds a record 1 already.'],
  [
    { '/a/{id}/b': { records: { x: [{}] } } },
    'The collection /a/{id}/b cannot be served: A record for /a/{id}/b has no number or text in id.',
  ],
])('collections that cannot be served are refused with their path: %j', (given, message) => {
  expect(() => checkCollections(given)).toThrow(
    expect.objectContaining({ code: 'SIMULATOR_COLLECTION_INVALID', message }),
  )
})

test('a list alone is the records of its path', () => {
  expect(checkCollections({ '/a': [{ id: 1 }] })).toEqual({ '/a': { records: [{ id: 1 }] } })
})
