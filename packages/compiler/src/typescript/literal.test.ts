import type { Database } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import sql from 'sql-template-tag'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { literal } from './literal.ts'

/** A value, its type in Postgres, and its text there. */
const values: readonly (readonly [unknown, string, string | null])[] = [
  [null, 'unknown', null],
  [true, 'boolean', 'true'],
  [-1, 'integer', '-1'],
  [-0, 'integer', '0'],
  [1.5, 'numeric', '1.5'],
  [1e21, 'numeric', '1000000000000000000000'],
  [5e-7, 'numeric', '0.0000005'],
  [Number.NaN, 'double precision', 'NaN'],
  [Number.NEGATIVE_INFINITY, 'double precision', '-Infinity'],
  [-9007199254740993n, 'bigint', '-9007199254740993'],
  ["it's a \\ 😀", 'unknown', "it's a \\ 😀"],
  [new Date('2024-02-29T10:11:12.345Z'), 'timestamp with time zone', '2024-02-29 10:11:12.345+00'],
  [new Date(-62198755200000), 'timestamp with time zone', '0002-01-01 00:00:00+00 BC'],
  [new Date('+012024-01-01T00:00:00Z'), 'timestamp with time zone', '12024-01-01 00:00:00+00'],
  [new Uint8Array([0, 255, 92]), 'bytea', '\\x00ff5c'],
  [[1, -2], 'integer[]', '{1,-2}'],
  [['a,b', null, "c'"], 'text[]', '{"a,b",NULL,c\'}'],
  [[[1], [2]], 'integer[]', '{{1},{2}}'],
  [[], 'unknown', '{}'],
  [{ a: [1, null, { b: "it's" }], 'c"': '\\' }, 'jsonb', '{"a": [1, null, {"b": "it\'s"}], "c\\"": "\\\\"}'],
]

describeServers('a value as SQL text', (server) => {
  let test: TestDatabase
  let database: Database
  beforeAll(async () => {
    test = await createTestDatabase(server)
    database = test.database
  })
  afterAll(() => test?.drop())

  it('has the type and the text of the value in Postgres', async () => {
    const selects = values.map(([value]) => {
      const written = literal(value)
      return `select pg_typeof(${written})::text as type, (${written})::text as text`
    })
    const { rows } = await database.query(selects.join('\nunion all\n'))
    expect(rows).toEqual(values.map(([, type, text]) => ({ type, text })))
  })

  it('makes no comment of a negative number after a minus', async () => {
    const { rows } = await database.query(`select 1 -${literal(-1)} as two, 1 -${literal(-2n)} as three`)
    expect(rows).toMatchObject([{ two: 2, three: 3 }])
  })
})

describe('what has no SQL text', () => {
  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['undefined', undefined, /^undefined cannot/],
    ['a function', () => 1, /^a function cannot/],
    ['a symbol', Symbol('x'), /^a symbol cannot/],
    ['an invalid date', new Date(Number.NaN), /^an invalid Date/],
    ['a Map', new Map(), /^a value of the class Map/],
    ['a text with NUL', 'a\0', /NUL/],
    ['an object with undefined in it', { a: { b: undefined } }, /^undefined at a\.b of an object/],
    ['an object with NaN in it', { a: [1, Number.NaN] }, /^NaN at a\[1\] of an object/],
    ['an object with a Date in it', { at: new Date() }, /^a value of the class Date at at/],
    ['a query in an array', [sql`1`], /^a query inside an array/],
  ]
  it.each(refused)('is refused with its name: %s', (_name, value, message) => {
    expect(() => literal(value)).toThrow(message)
  })
})
