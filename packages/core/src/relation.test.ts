import { describe, expect, it } from 'vitest'
import { deriveName, quoteIdentifier, quoteLiteral, quoteRelation } from './relation.ts'

describe('quoting', () => {
  it('doubles quotes in identifiers and refuses what Postgres cannot store', () => {
    expect(quoteRelation({ schema: 'a"b', name: 'x; drop table y' })).toBe('"a""b"."x; drop table y"')
    expect(() => quoteIdentifier('a\0b')).toThrow('NUL')
  })

  it('keeps quotes and backslashes of literals what they are, whatever standard_conforming_strings says', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'")
    expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'")
  })
})

describe('derived names', () => {
  it('stay within 63 bytes and apart from each other', () => {
    const long = 'x'.repeat(63)
    const names = [`${long}a`, `${long}b`, long].map((name) => deriveName(name, '__new'))
    expect(new Set(names).size).toBe(3)
    for (const name of names) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
      expect(name.endsWith('__new')).toBe(true)
    }
  })

  it('cut between characters, not inside one', () => {
    const name = deriveName('ä'.repeat(40), '__key')
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(name).toMatch(/^ä+_[0-9a-z]+__key$/)
  })

  it('are the plain ones where they fit', () => {
    expect(deriveName('patients', '__key')).toBe('patients__key')
  })
})
