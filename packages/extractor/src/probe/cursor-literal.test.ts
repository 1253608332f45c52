import type { CursorFormat } from '@strata/core'
import { expect, test } from 'vitest'
import { cursorLiteral } from './cursor-literal.ts'

const instant = '2024-05-01T10:00:00.123456Z'

test.each<[CursorFormat, string]>([
  ['iso_utc', '2024-05-01T10:00:00.123456Z'],
  ['iso_offset', '2024-05-01T10:00:00.123456+00:00'],
  ['iso_naive', '2024-05-01T10:00:00.123456'],
  ['date', '2024-05-01'],
  ['quoted', "'2024-05-01T10:00:00.123456Z'"],
  ['datetime', "datetime'2024-05-01T10:00:00.123456'"],
  ['datetimeoffset', "datetimeoffset'2024-05-01T10:00:00.123456Z'"],
  ['epoch_seconds', '1714557600'],
  ['epoch_ms', '1714557600123'],
])('writes an instant as %s', (format, expected) => {
  expect(cursorLiteral(instant, format)).toBe(expected)
})

test('never says a later instant than it was given', () => {
  expect(cursorLiteral('1969-12-31T23:59:59.999999Z', 'epoch_seconds')).toBe('-1')
  expect(cursorLiteral('2024-05-01T10:00:00.9999999Z', 'epoch_ms')).toBe('1714557600999')
  expect(cursorLiteral('2024-05-01T10:00:00Z', 'iso_utc')).toBe('2024-05-01T10:00:00Z')
})

test('takes only instants in UTC', () => {
  expect(() => cursorLiteral('2024-05-01T10:00:00+02:00', 'iso_utc')).toThrow('no instant in UTC')
})
