import { expect, it } from 'vitest'
import type { SqlProblem } from './query-lineage.ts'
import { resolveText, useText } from './testing/resolve-text.ts'

const known = {
  patients: ['id', 'name', 'birth_date', 'status', 'data'],
  visits: ['id', 'patient_id', 'status', 'visited_at'],
  'silver.patients': ['id', 'name'],
  raw: null,
  other: null,
}

const functions = new Set(['lower', 'count', 'date_trunc', 'tools.clean', 'text'])

it.each<[string, string, SqlProblem['kind'], string, readonly string[]]>([
  ['an unknown column', 'select birthdate from patients', 'unknown_column', 'birthdate', ['birth_date']],
  ['one behind an alias', 'select p.nme from patients p', 'unknown_column', 'nme', ['name']],
  [
    'one in a subquery',
    'select 1 where exists (select from visits v where v.pid = 1)',
    'unknown_column',
    'pid',
    ['id'],
  ],
  ['one that only the select list has', 'select id as x from visits where x = 1', 'unknown_column', 'x', []],
  [
    'one that a CTE does not pass on',
    'with a as (select id from visits) select status from a',
    'unknown_column',
    'status',
    [],
  ],
  [
    'one of a CTE that nothing reads',
    'with a as (select wrong from visits) select 1',
    'unknown_column',
    'wrong',
    [],
  ],
  [
    'one that USING wants',
    'select 1 from patients join visits using (patient_id)',
    'unknown_column',
    'patient_id',
    [],
  ],
  [
    'one in ORDER BY of a union',
    'select id from visits union select id from patients order by name',
    'unknown_column',
    'name',
    [],
  ],
  [
    'one in a window',
    'select count(*) over w from visits window w as (order by visit_at)',
    'unknown_column',
    'visit_at',
    ['visited_at'],
  ],
  ['an unknown alias', 'select v.id from patients p', 'unknown_alias', 'v', ['p']],
  ['a name hidden by an alias', 'select patients.id from patients p', 'unknown_alias', 'patients', ['p']],
  ['an alias out of reach', 'select 1 from patients p, (select p.id) x', 'unknown_alias', 'p', []],
  [
    'an alias out of the join',
    'select 1 from patients p, visits v join raw r on r.id = p.id',
    'unknown_alias',
    'p',
    ['r', 'v'],
  ],
  ['an alias of a star', 'select q.* from patients p', 'unknown_alias', 'q', ['p']],
  [
    'an alias of a lock',
    'select 1 from patients p for update of patients',
    'unknown_alias',
    'patients',
    ['p'],
  ],
  ['an unknown relation', 'select 1 from silver.pateints', 'unknown_relation', 'silver.pateints', []],
  [
    'a CTE out of reach',
    'with a as (select 1 from b), b as (select 1) select 1 from a',
    'unknown_relation',
    'b',
    [],
  ],
  [
    'a column of two relations',
    'select id from patients, visits',
    'ambiguous_column',
    'id',
    ['patients.id', 'visits.id'],
  ],
  ['two columns of a subquery', 'select s.id from (select 1 as id, 2 as id) s', 'ambiguous_column', 'id', []],
  [
    'two outputs of one name',
    'select id as k, status as k from visits order by k',
    'ambiguous_column',
    'k',
    [],
  ],
  [
    'an alias that is there twice',
    'select 1 from patients p join visits p on true',
    'duplicate_alias',
    'p',
    [],
  ],
  ['a relation that is there twice', 'select 1 from patients, patients', 'duplicate_alias', 'patients', []],
  ['a CTE that is there twice', 'with a as (select 1), a as (select 2) select 1', 'duplicate_alias', 'a', []],
  ['a union of different widths', 'select 1, 2 union all select 1', 'column_count', 'union', []],
  ['a scalar subquery of two columns', 'select (select 1, 2)', 'column_count', 'select', []],
  ['IN with two columns', 'select 1 where 1 in (select 1, 2)', 'column_count', 'select', []],
  ['too many names for columns', 'select 1 from visits v (a, b, c, d, e)', 'column_count', 'v', []],
  ['too many names for a CTE', 'with a (x, y) as (select 1) select x from a', 'column_count', 'a', []],
  ['rows of VALUES of different widths', 'values (1, 2), (3)', 'column_count', 'values', []],
  ['an unknown function', 'select lowr(name) from patients', 'unknown_function', 'lowr', ['lower']],
  [
    'a function of another schema',
    'select util.clean(name) from patients',
    'unknown_function',
    'util.clean',
    ['tools.clean'],
  ],
  ['a function in FROM', 'select 1 from datetrunc(1)', 'unknown_function', 'datetrunc', ['date_trunc']],
])('finds %s', (_what, sql, kind, name, candidates) => {
  const { problems } = resolveText(sql, known, { knownFunctions: functions })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ kind, name, candidates })
})

it.each([
  ['a column of a relation of unknown columns', 'select x from raw'],
  [
    'one that one of several may have',
    'select x, p.id from raw join other o using (k) join patients p on p.id = k',
  ],
  ['one beside unknown columns', 'select x from patients p, (select * from raw) r'],
  ['one in a subquery of it', 'select 1 from patients where exists (select from raw where raw.id = patient)'],
  [
    'outputs that depend on it',
    'select * from raw union all select id, status from visits order by anything',
  ],
  ['what an unknown function yields', 'select f.a, b from generate_things(1) f'],
  ['fields of the elements of an array', 'select u.a, b from patients p, unnest(p.data) u'],
  ['system columns', 'select p.ctid, xmin, tableoid from patients p'],
  ['the catalog', 'select relname, c.oid from pg_class c, information_schema.tables t'],
  ['a function of a row', 'select p.to_jsonb, p.count from patients p'],
  ['a cast by call, a column by call', 'select text(id), status(v) from visits v'],
  ['a name in two schemas', 'select 1 from patients, silver.patients'],
  ['an output that is twice the same', 'select *, id from visits order by id'],
  ['a relation inside of a CTE of its name', 'with visits as (select id from visits) select id from visits'],
  ['what is on the left of a function', 'select e from patients p, jsonb_array_elements(p.data) e'],
  ['names of a merged join', 'select m.id, status from (patients join visits using (id, status)) as m'],
  ['an alias of USING', 'select m.id, patients.name from patients join visits using (id) as m'],
])('finds nothing wrong with %s', (_what, sql) => {
  expect(resolveText(sql, known).problems).toEqual([])
})

it('says where in the text the wrong name stands, whatever stands before it', () => {
  const sql = `select 'añ😀' as "é", /* 𝒳 */ p . "Näme" , ç.d from patients as p`
  const { problems } = resolveText(sql, known)
  expect(problems.map(({ name, start, end }) => [name, sql.slice(start, end)])).toEqual([
    ['Näme', '"Näme"'],
    ['ç', 'ç'],
  ])
})

it('knows the columns of a relation of unknown columns by their names, where there is but one such', () => {
  const { lineage } = resolveText('select a, r.b->>$$c$$ as c from raw r, patients p', known)
  expect(lineage.columns!.map((one) => [one.name, ...one.direct.map(useText)])).toEqual([
    ['a', 'raw.a'],
    ['c', 'raw.b->c'],
  ])
  expect(resolveText('select a from raw, other', known).lineage.columns).toEqual([
    { name: 'a', offset: 7, direct: [], condition: [], window: [] },
  ])
  expect(resolveText('select * from raw', known).lineage).toMatchObject({
    columns: null,
    reads: [{ schema: 'public', name: 'raw' }],
  })
})

it.each([
  ['items of a select list', 'select id, p.name n from patients p', ['id', 'p.name n from patients p']],
  ['behind letters of several bytes', `select 'é😀' as "ü", id from patients`, [`'é`, 'id from']],
  ['the star of a relation', 'select 1 as a, p.* from patients p', ['1 as', 'p.*', 'p.*', 'p.*']],
  ['a star over a CTE', 'with c as (select id as a from patients) select * from c', ['id as a']],
  ['a star over a star', 'with c as (select  * from patients) select * from c', ['* from patients']],
  ['names of a CTE', 'with c (x) as (select id from patients) select * from c', ['id from']],
  ['a union', 'select id from patients union all select patient_id from visits', ['id from patients']],
  [
    'a recursive CTE',
    'with recursive c as (select 1 as n union all select n + 1 from c) select * from c',
    ['1 as n'],
  ],
])('says where each column is written: %s', (_, sql, starts) => {
  const { lineage } = resolveText(sql, known)
  const found = lineage.columns!.map(({ offset }) => sql.slice(offset!))
  expect(found.map((text, at) => text.slice(0, (starts[at] ?? starts.at(-1)!).length))).toEqual(
    found.map((_column, at) => starts[at] ?? starts.at(-1)!),
  )
})

it('tells nothing of what is not a query', () => {
  expect(resolveText('drop table patients', known)).toMatchObject({ lineage: { columns: null, reads: [] } })
})
