// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are those of the models in the strings
import type { Failure, FixtureCell, StepResult } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { failureExplainer } from '../src/explain/explain-failure.ts'
import { locateInTemplate } from '../src/explain/locate-in-template.ts'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

/** The place in `text` of the last occurrence of `word` in `sql`. */
function placeOf(text: string, sql: string, word: string, file = 'models/a.sql') {
  const position = [...sql.slice(0, sql.lastIndexOf(word))].length + 1
  const found = locateInTemplate({ file, text }, sql, position)
  return found === null ? null : [found.line, found.column]
}

describe('the place in a template of a mistake in its SQL', () => {
  it('is found in what stands between the tags', () => {
    const text =
      "{{ config(tags='x') }}\nselect '😀', fist_name\nfrom {{ ref('people') }} p\nwhere p.age > 1\n"
    const sql = '\nselect \'😀\', fist_name\nfrom "built"."people" p\nwhere p.age > 1\n'
    expect(placeOf(text, sql, 'fist_name')).toEqual([2, 13])
    expect(placeOf(text, sql, 'age')).toEqual([4, 9])
  })

  it('is that of the body of a loop, wherever it was repeated', () => {
    const text = 'select 1\n{% for n in [1, 2] %}\n, total_{{ n }} as nmae\n{% endfor %}'
    expect(placeOf(text, 'select 1\n\n, total_1 as nmae\n\n, total_2 as nmae\n', 'nmae')).toEqual([3, 20])
  })

  it('is found between the insertions of a model in TypeScript', () => {
    const text = "export default ({ ref, sql }) => sql`\n  select fist_name from ${ref('people')}`\n"
    expect(placeOf(text, '\n  select fist_name from "built"."people"', 'fist', 'models/a.ts')).toEqual([
      2, 10,
    ])
  })

  it('is not guessed where a macro wrote it, or two places read alike', () => {
    expect(placeOf('select {{ columns() }} from t', 'select fist_name from t', 'fist_name')).toBeNull()
    expect(placeOf('select {{ a }} from t -- id', 'select id from t -- id', 'id from')).toBeNull()
    const twice = 'select x{{ y }} union all select x{{ y }}'
    expect(placeOf(twice, 'select x1 union all select x1', 'select x1 union')).toBeNull()
    expect(placeOf('{{ a }}, id\n{{ b }}, id\n', '1, id\n2, id\n', 'id')).toBeNull()
  })
})

const failed = (failure: Failure, id = 'model.shop.a'): StepResult => ({
  id,
  kind: 'model',
  name: 'public.a',
  status: 'failed',
  action: 'none',
  message: failure.message,
  counts: {},
  startedAt: null,
  finishedAt: null,
  milliseconds: 0,
  failure,
  because: null,
  staleBecause: [],
})

describe('a value in the rows of a unit test', () => {
  const { graph, unitTests, places } = compileFiles({
    'models/raw.sql': 'select 1 as id',
    'models/other.sql': 'select 1 as id',
    'models/more.sql': 'select 1 as id',
    'models/a.sql': "select * from {{ ref('raw') }}, {{ ref('other') }}, {{ ref('more') }}",
    'tests/fixtures/rows.csv': 'id,name\n\n1,a\n2,b\n',
    'models/tests.yml': `unit_tests:
  - name: t
    model: a
    given:
      - input: ref('raw')
        rows:
          - { id: 1 }
          - { id: 2, nmae: x }
      - { input: ref('other'), format: csv, fixture: rows }
      - input: ref('more')
        format: csv
        rows: |
          id,name

          1,a
          2,b
    expects:
      - rows: [{ id: 1 }]
      - format: sql
        rows: select 1 as id
`,
  })
  const explain = failureExplainer(graph, unitTests, places)
  const explained = (cell: FixtureCell, hint?: string) =>
    explain(
      failed(
        { code: 'X', message: 'no', cell, ...(hint === undefined ? {} : { hint }) },
        'unit_test.shop.a.t',
      ),
    ).failure!

  it.each<[FixtureCell, string]>([
    [{ of: 'given', index: 0, row: 1, column: 'nmae' }, 'models/tests.yml:8:28'],
    [{ of: 'given', index: 0, row: null, column: 'nmae' }, 'models/tests.yml:8:22'],
    [{ of: 'given', index: 1, row: 1, column: 'id' }, 'tests/fixtures/rows.csv:4:1'],
    [{ of: 'given', index: 1, row: null, column: 'id' }, 'tests/fixtures/rows.csv:1:1'],
    [{ of: 'given', index: 2, row: 0, column: 'id' }, 'models/tests.yml:15:11'],
    [{ of: 'given', index: 2, row: null, column: 'name' }, 'models/tests.yml:13:11'],
    [{ of: 'expected', index: 0, row: 0, column: 'id' }, 'models/tests.yml:18:22'],
    [{ of: 'expected', index: 1, row: null, column: null }, 'models/tests.yml:20:15'],
    [{ of: 'expected', index: 7, row: null, column: null }, 'models/tests.yml:2:11'],
  ])('has a place in its file: %j', (cell, place) => {
    const { file, line, column } = explained(cell).place!
    expect(`${file}:${line}:${column}`).toBe(place)
  })

  it('is not blamed for a mistake in the SQL of its model, which has its place there', () => {
    const sql = 'with raw as (select 1), strata_result as (\nselect * from raw, other, more\n)'
    const mistake = (position: number) =>
      explain(failed({ code: 'X', message: 'no', sql, position }, 'unit_test.shop.a.t')).failure!.place
    expect(mistake(sql.indexOf('* from') + 1)).toEqual({ file: 'models/a.sql', line: 1, column: 8 })
    expect(mistake(sql.indexOf('strata_result') + 1)).toMatchObject({ file: 'models/tests.yml', line: 2 })
  })

  it('whose column is not there may mean one like it', () => {
    const cell: FixtureCell = { of: 'given', index: 0, row: null, column: 'nmae', known: ['id', 'name'] }
    expect(explained(cell, 'Its columns are id, name.')).toMatchObject({
      hint: 'Did you mean "name"? Its columns are id, name.',
    })
    expect(explained(cell)).not.toHaveProperty('cell')
  })
})

describe('a relation that is not there', () => {
  const files: Files = {
    'models/orders.sql': 'select 1 as id',
    'models/m.yml': 'sources: [{ name: raw, schema: landed, tables: [{ name: payments }] }]',
    'seeds/countries.csv': 'id\n1\n',
    'models/a.sql': "select * from {{ ref('orders') }}",
    'models/crm.yml': `sources:
  - name: crm
    schema: bronze
    connector:
      kind: postgres
      instances: [{ id: 1, name: north, url: { env: CRM_URL } }]
    tables: [{ name: people, job: { key: id } }]`,
    'models/passed.sql': "{{ config(materialized='ephemeral') }} select * from {{ source('crm', 'people') }}",
    'models/b.sql': "select * from {{ ref('passed') }}",
  }
  const { graph, unitTests, places } = compileFiles(files)
  const explain = failureExplainer(graph, unitTests, places)
  const hintFor = (name: string): string | undefined => {
    const failure: Failure = {
      code: 'UNKNOWN_RELATION',
      message: `relation "${name}" does not exist`,
      hint: 'not built yet',
      sqlstate: '42P01',
    }
    return explain(failed(failure)).failure!.hint
  }
  it.each([
    ['ordres', "Did you mean {{ ref('orders') }}?"],
    ['public.contries', "Did you mean {{ ref('countries') }}?"],
    ['landed.paymets', "Did you mean {{ source('raw', 'payments') }}?"],
    ['countries', "Write {{ ref('countries') }}, so that it is built before and looked for where it stands."],
    [
      'nothing_like_it',
      "Write {{ ref('…') }} for what the project builds, and {{ source('…', '…') }} for what is there without it.",
    ],
  ])('by the name %s is told how to refer to it', (name, hint) => {
    expect(hintFor(name)).toBe(hint)
  })

  it('though it is referred to has only not been built', () => {
    expect(hintFor('public.orders')).toBe('not built yet')
  })

  it('has never landed where a job of a source would', () => {
    const failure: Failure = {
      code: 'UNKNOWN_RELATION',
      message: 'relation "bronze.people" does not exist',
      sqlstate: '42P01',
    }
    expect(explain(failed(failure, 'model.shop.b')).failure!.hint).toBe(
      'crm.people has never landed: see that its source is configured (models debug), and run without --no-extract with --select +b.',
    )
  })

  it('though it holds the state of Strata is no mistake of the model', () => {
    expect(hintFor('strata.watermarks')).toBe('not built yet')
  })

  it('is a failure of its file', () => {
    const failure = { code: 'X', message: 'no', sql: 'select * from "public"."orders"', position: 8 }
    expect(explain(failed(failure)).failure!.place).toEqual({ file: 'models/a.sql', line: 1, column: 8 })
    expect(explain(failed({ code: 'X', message: 'no' })).failure!.place).toEqual({ file: 'models/a.sql' })
  })
})

describe('what a source says of a job', () => {
  const { graph, unitTests, places } = compileFiles({
    'models/sources.yml': `sources:
  - name: clinic
    connector:
      kind: postgres
      instances: [{ id: 1, name: north, url: { env: CLINIC_URL } }]
    tables:
      - name: visits
        job: { key: id }
`,
  })
  const placeOfCode = (code: string) =>
    failureExplainer(
      graph,
      unitTests,
      places,
    )({
      ...failed({ code, message: 'no' }, 'job.shop.clinic.visits'),
      kind: 'job',
    }).failure?.place

  it('has the place of the job where its words are wrong, and none where the source is', () => {
    expect(placeOfCode('SOURCE_KEY_MISSING')).toEqual({ file: 'models/sources.yml', line: 8, column: 9 })
    expect(placeOfCode('SOURCE_UNREACHABLE')).toBeUndefined()
  })
})

describe('the place of a mistake that the server tells of', () => {
  const { graph, unitTests, places, model } = compileFiles({
    'macros/cents.sql': '{% macro cents(name) %}\n{{ name }} / wrong{% endmacro %}',
    'models/b.sql': "{{ config(materialized='incremental', unique_key='id') }}select 1 as id",
    'models/a.sql': `{{ config(materialized='incremental', unique_key='id', pre_hook="select 1 from no_such_table") }}
select id, {{ cents('amount') }} as cents
from {{ increment(ref('b')) }} as b
{% if is_incremental() %}where later > 1{% endif %}`,
  })
  const explain = failureExplainer(graph, unitTests, places)
  const placeIn = (sql: string, word: string) => {
    const position = [...sql.slice(0, sql.indexOf(word))].length + 1
    return explain(failed({ code: 'X', message: 'no', sql, position })).failure!.place
  }
  const { select } = model('a')

  it('is in the macro that wrote it, or in the model that gave it a name', () => {
    const sql = `create table x as (\n${select.full}\n)`
    expect(placeIn(sql, 'wrong')).toEqual({ file: 'macros/cents.sql', line: 2, column: 14 })
    expect(placeIn(sql, 'amount')).toEqual({ file: 'models/a.sql', line: 2, column: 22 })
  })

  it('is found around the increments of a statement', () => {
    const sql = `create table x as ${select
      .increment!.map((piece) =>
        typeof piece === 'string' ? piece : '(select id from "public"."b" where later)',
      )
      .join('')}`
    expect(placeIn(sql, 'wrong')).toEqual({ file: 'macros/cents.sql', line: 2, column: 14 })
    expect(placeIn(sql, 'later > 1')).toEqual({ file: 'models/a.sql', line: 4, column: 32 })
  })

  it('is in the text of a hook', () => {
    expect(placeIn('select 1 from no_such_table', 'no_such')).toEqual({
      file: 'models/a.sql',
      line: 1,
      column: 80,
    })
  })
})
