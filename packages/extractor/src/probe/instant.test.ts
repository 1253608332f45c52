import { expect, test } from 'vitest'
import { findChangeField } from './change-field.ts'
import { instantLook, instantOf } from './instant.ts'

test.each<[unknown, string | null, string | null]>([
  ['2024-05-01T12:00:00.1234567+02:00', '2024-05-01T10:00:00.123456Z', 'zoned'],
  ['2024-05-01T12:00:00Z', '2024-05-01T12:00:00.000000Z', 'zoned'],
  ['2024-05-01 12:00:00+02', '2024-05-01T10:00:00.000000Z', 'zoned'],
  ['2024-05-01T12:00:00', '2024-05-01T12:00:00.000000Z', 'naive'],
  ['2024-05-01', '2024-05-01T00:00:00.000000Z', 'date'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000000Z', 'zoned'],
  ['/Date(1714557600123)/', '2024-05-01T10:00:00.123000Z', 'ticks'],
  [1_714_557_600, '2024-05-01T10:00:00.000000Z', 'seconds'],
  [1_714_557_600_123, '2024-05-01T10:00:00.123000Z', 'milliseconds'],
  ['2024-02-30T00:00:00Z', null, null],
  ['soon', null, null],
  [17, null, null],
  [null, null, null],
])('reads %j as an instant', (value, instant, look) => {
  expect(instantOf(value)).toBe(instant)
  expect(instantLook(value)).toBe(look)
})

test('takes for the change time what is called so and holds instants', () => {
  const at = '2024-05-01T12:00:00Z'
  const field = (record: Record<string, unknown>, declared: string | null = null) =>
    findChangeField([record, {}], declared).field
  expect(field({ createdDate: at, last_modified: at, updatedBy: at })).toBe('last_modified')
  expect(field({ updatedAt: at, modifiedOn: at })).toBe('modifiedOn')
  expect(field({ modifiedDate: 'yes', dateUpdated: at })).toBe('dateUpdated')
  expect(field({ createdDate: at, modifiedDate: at }, 'createdDate')).toBe('createdDate')
  expect(field({ createdDate: at, id: 1_714_557_600, dateOfBirth: '1970-01-01' })).toBeNull()
  expect(field({ updatedAt: 1_714_557_600 })).toBe('updatedAt')
  const all = findChangeField([{ createdDate: at, dateOfBirth: '1970-01-01', id: 1_714_557_600 }], null)
  expect(all.instantFields).toEqual(['createdDate'])
})
