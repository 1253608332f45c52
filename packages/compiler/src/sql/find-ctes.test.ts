import { expect, it } from 'vitest'
import { findCtes, selectOfCte } from './find-ctes.ts'

it('finds expressions whatever stands in them', () => {
  const sql = `-- with nothing as (
with recursive a (x, "y)") as not materialized (select ')' as x, $$ ( $$ /* ( /* ) */ */),
  "B b" as (select e'\\'(' from a) search depth first by x set s,
  c as materialized (values (1))
select * from c`
  expect(findCtes(sql)?.names).toEqual(['a', 'B b', 'c'])
  expect(sql.slice(findCtes(sql)!.bodyStart)).toBe('select * from c')
  expect(selectOfCte(sql, 'B b')?.endsWith('(values (1))\nselect * from "B b"')).toBe(true)
  expect(selectOfCte(sql, 'C')?.endsWith('select * from "c"')).toBe(true)
})

it.each(['select 1', 'with a as (select 1', 'with a select 1', ''])('finds none in %j', (sql) => {
  expect(findCtes(sql)).toBeNull()
  expect(selectOfCte(sql, 'a')).toBeNull()
})
