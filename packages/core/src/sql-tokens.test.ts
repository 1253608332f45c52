import { describe, expect, it } from 'vitest'
import { sqlTokens, tokenName } from './sql-tokens.ts'

const texts = (sql: string) => sqlTokens(sql).map(({ text }) => text)

describe('sqlTokens', () => {
  it('cuts text where Postgres does', () => {
    expect(texts('select a."B c", $1, x::int4 from t1 where n>=1.5e-3')).toEqual(
      'select|a|.|"B c"|,|$|1|,|x|:|:|int4|from|t1|where|n|>|=|1.5e-3'.split('|'),
    )
  })

  it('leaves out comments, also those within comments', () => {
    expect(texts('a -- b /* c\nd /* e /* f */ g */ h')).toEqual(['a', 'd', 'h'])
  })

  it.each([
    ["'it''s'", 1],
    [String.raw`E'it\'s' x`, 2],
    [String.raw`'back\' x`, 2],
    ["U&'d' y", 2],
    ['$$ "a"."b" $$', 1],
    ['$tag$ $$ $tag$ z', 2],
    ['"a""b"', 1],
    ["'never closed", 1],
    ['/* never closed', 0],
    ['$never$ closed', 1],
  ])('takes %s as %i', (sql, count) => {
    expect(sqlTokens(sql)).toHaveLength(count)
  })

  it('tells what a token names', () => {
    expect(sqlTokens(`Aa "Aa""b" 'x' 1`).map(tokenName)).toEqual(['aa', 'Aa"b', null, null])
  })
})
