import { expect, it } from 'vitest'
import { resolveText, useText } from './testing/resolve-text.ts'

const known = { t: ['a', 'data', '__proto__', 'constructor', 'x"y', 'a b'] }
const times = (count: number, text: (index: number) => string, by = ''): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(by)

it.each([
  ['parentheses', `select ${'('.repeat(3000)}a${')'.repeat(3000)} from t`, 1],
  ['terms of a sum', `select ${times(5000, () => 'a', ' + ')} from t`, 1],
  ['calls in calls', `select ${'lower('.repeat(1000)}a${')'.repeat(1000)} from t`, 1],
  ['steps into JSON', `select data${times(1000, (index) => `->'k${index}'`)} from t`, 1],
  ['CASEs in CASEs', `select ${'case when a is null then '.repeat(500)}a${' end'.repeat(500)} from t`, 1],
  ['sides of a union', times(2000, (index) => `select a, ${index} as n from t`, ' union all '), 2],
  ['columns', `select ${times(10_000, (index) => `a as c${index}`, ', ')} from t`, 10_000],
  [
    'joins',
    `select t0.a from t t0 ${times(500, (index) => `join t t${index + 1} on t${index}.a = t${index + 1}.a`, ' ')}`,
    1,
  ],
  [
    'CTEs',
    `with c0 as (select a from t), ${times(1000, (index) => `c${index + 1} as (select a from c${index} where a > 0)`, ', ')} select a from c1000`,
    1,
  ],
  [
    'rows of values',
    `select a from t where (a, 1) in (values ${times(5000, (index) => `(${index}, 1)`, ', ')})`,
    1,
  ],
])('bears any number of %s', (_what, sql, columns) => {
  const { lineage, problems } = resolveText(sql, known)
  expect(problems).toEqual([])
  expect(lineage.columns).toHaveLength(columns)
  expect(lineage.columns![0]!.direct).toHaveLength(1)
})

it.each([
  [
    'subqueries in FROM',
    (depth: number) => `${'select * from ('.repeat(depth)}select a from t${') s'.repeat(depth)}`,
  ],
  [
    'subqueries in expressions',
    (depth: number) => `${'select ('.repeat(depth)}select a from t${')'.repeat(depth)}`,
  ],
  [
    'subqueries in calls in FROM',
    (depth: number) => `${'select * from unnest(array('.repeat(depth)}select a from t${')) s'.repeat(depth)}`,
  ],
])('bears any depth of %s, and knows some of them', (_what, nested) => {
  expect(resolveText(nested(100), known).lineage.columns?.[0]?.direct.map(useText)[0]).toMatch(/t\.a$/)
  expect(resolveText(nested(1000), known).problems).toEqual([])
})

it('takes names for names, whatever they are', () => {
  const { lineage, problems } = resolveText(
    `with "constructor" as (select "__proto__", "x""y" as "toString", "a b" from t)
     select "__proto__", "constructor"."toString", hasOwnProperty."a b" from "constructor" as hasOwnProperty, "constructor"`,
    known,
  )
  expect(problems.map(({ kind, name }) => [kind, name])).toEqual([['ambiguous_column', '__proto__']])
  expect(lineage.columns!.map((one) => [one.name, ...one.direct.map(useText)])).toEqual([
    ['__proto__'],
    ['toString', 't.x"y'],
    ['a b', 't.a b'],
  ])
  expect(resolveText('select "constructor" from t where "toString" = 1', known).problems).toHaveLength(1)
})

it('comes to an end with what is recursive', () => {
  const sql = `with recursive a (x, y) as (
    select data, a from t union all select x->'l'->y, x->'r' from a union all select y->'x', x from a
  ), b as (select * from b union all select * from a) select * from a`
  const { lineage } = resolveText(sql, known)
  expect(lineage.columns!.map(({ name }) => name)).toEqual(['x', 'y'])
  expect(new Set(lineage.columns!.flatMap(({ direct }) => direct.map(({ column }) => column)))).toEqual(
    new Set(['data', 'a']),
  )
})
