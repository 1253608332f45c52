import { expect, test } from 'vitest'
import { decodeText } from './decode-text.ts'

const json = '{"name":"Müller"}'

test('reads UTF-8 with and without a mark', () => {
  expect(decodeText(Buffer.from(json), 'application/json')).toBe(json)
  expect(decodeText(Buffer.from(`\uFEFF${json}`), 'application/json; charset=utf-8')).toBe(json)
})

test('reads the charset of the content type', () => {
  const latin1 = Buffer.from(json, 'latin1')
  expect(decodeText(latin1, 'application/json; charset=ISO-8859-1')).toBe(json)
  expect(decodeText(latin1, 'text/plain;charset="windows-1252"')).toBe(json)
  expect(decodeText(Buffer.from(json, 'utf16le'), 'application/json; charset=utf-16le')).toBe(json)
})

test('reads UTF-16 that shows itself by a mark or by its zeros', () => {
  const little = Buffer.from(json, 'utf16le')
  expect(decodeText(Buffer.from(`\uFEFF${json}`, 'utf16le'), 'application/json')).toBe(json)
  expect(decodeText(little, 'application/json')).toBe(json)
  expect(decodeText(Buffer.from(little).swap16(), 'application/json')).toBe(json)
  expect(decodeText(Buffer.from(`\uFEFF${json}`, 'utf16le').swap16(), '')).toBe(json)
})

test('never replaces what it cannot read', () => {
  const latin1 = Buffer.from(json, 'latin1')
  expect(decodeText(latin1, 'application/json')).toBeNull()
  expect(decodeText(latin1, 'application/json; charset=utf-8')).toBeNull()
  expect(decodeText(latin1, 'application/json; charset=of-nobody')).toBeNull()
  expect(decodeText(Buffer.from([0x7b, 0x00, 0x7d]), 'application/json')).toBeNull()
})
