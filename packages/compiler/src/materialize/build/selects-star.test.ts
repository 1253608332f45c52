import { expect, it } from 'vitest'
import { selectsStar } from './selects-star.ts'

it.each([
  'select * from a',
  'select distinct on (x) * from a',
  'select x, * from a',
  'SELECT\n  "T".*\nfrom "T"',
  'with b as (select t.* from t) select id from b',
  'select (f(x)).* from a',
  'select x /* all */, -- of them\n  * from a',
  `select e'\\'', * from a`,
  'table a',
])('finds the star of %j', (select) => {
  expect(selectsStar(select)).toBe(true)
})

it.each([
  'select id from a',
  'select count(*), count( * ) from a',
  'select 2 * x, (x) * y, x*y from a',
  `select 'select * from a', "a.*", e'\\', *', $$ , * $$, $q$ , * $q$ from a`,
  'select id -- , *\nfrom a /* select * */',
  `select id from a where name ~* 'x' or name ~~* other`,
])('finds none in %j', (select) => {
  expect(selectsStar(select)).toBe(false)
})
