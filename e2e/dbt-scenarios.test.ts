import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

type Files = { readonly [path: string]: string }

/** Situations in which dbt-core tests its own commands, on projects of our own: how many nodes end how. */
describe.sequential('what dbt tests of its own commands', { timeout: 60_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject
  beforeEach(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
  })
  afterEach(async () => {
    await project.remove()
    await own.drop()
  })

  const write = (files: Files) => {
    for (const [path, text] of Object.entries({ 'dbt_project.yml': 'name: shop\n', ...files })) {
      mkdirSync(dirname(join(project.directory, path)), { recursive: true })
      project.write(path, text)
    }
  }
  /** `{pass: 2, success: 5}` */
  const statuses = () => {
    const { results } = JSON.parse(project.read('target/run_results.json')) as {
      results: { status: string }[]
    }
    const counts: { [status: string]: number } = {}
    for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }
  const build = async (files: Files, ...words: readonly string[]) => {
    write(files)
    const { code, stdout, stderr } = await project.run('build', ...words)
    expect([0, 1], stdout + stderr).toContain(code)
    return { code, statuses: statuses() }
  }
  const rows = async (sql: string) => (await own.database.query(sql)).rows

  const table = (from: string, columns = '*') =>
    `{{ config(materialized='table') }}\nselect ${columns} from {{ ref('${from}') }}\n`
  const snapshot = (name: string, from: string) =>
    `{% snapshot ${name} %}{{ config(unique_key='code', strategy='timestamp', updated_at='seen_at', target_schema='history') }}
select code, name, region, now()::timestamp as seen_at from {{ ref('${from}') }}{% endsnapshot %}`
  const tested = (name: string, columns: { readonly [column: string]: readonly string[] }) =>
    `  - name: ${name}\n    columns:\n${Object.entries(columns)
      .map(([column, tests]) => `      - { name: ${column}, data_tests: [${tests.join(', ')}] }\n`)
      .join('')}`

  /** A seed, two snapshots and the tables between them; one table stands alone. */
  const chain: Files = {
    'seeds/shops.csv': 'code,name,region\nA,Ada,north\nB,Bo,\nC,Cy,south\n',
    'snapshots/first.sql': snapshot('first', 'copies'),
    'snapshots/second.sql': snapshot('second', 'again'),
    'models/copies.sql': table('shops'),
    'models/again.sql': table('first', 'code, name, region'),
    'models/last.sql': table('second', 'code, name'),
    'models/beside.sql': table('again'),
    'models/alone.sql': "{{ config(materialized='table') }}\nselect 1 as n\n",
    'models/shop.yml': `models:
${tested('copies', { code: ['unique', 'not_null'] })}${tested('last', { code: ['unique', 'not_null'] })}
unit_tests:
  - name: keeps_names
    model: beside
    given: [{ input: ref('again'), rows: [{ code: A, name: Ada }] }]
    expect: { rows: [{ code: A, name: Ada }] }
`,
  }

  describe('build', () => {
    test('goes through seeds, snapshots, models and tests of every kind', async () => {
      expect(await build(chain)).toEqual({ code: 0, statuses: { success: 8, pass: 5 } })
    })

    test('skips all that stands on a broken model, and nothing else', async () => {
      const broken = { ...chain, 'models/again.sql': table('first', 'nothing') }
      expect(await build(broken)).toEqual({
        code: 1,
        statuses: { error: 1, skipped: 6, pass: 2, success: 4 },
      })
    })

    test('skips all that stands on a model that fails a test; it is not published, where dbt publishes it', async () => {
      const failing = {
        ...chain,
        'models/shop.yml': `models:
${tested('copies', { code: ['unique', 'not_null'], region: ['not_null'] })}${tested('last', { code: ['unique', 'not_null'] })}`,
      }
      expect(await build(failing)).toEqual({
        code: 1,
        statuses: { error: 1, fail: 1, skipped: 7, pass: 2, success: 2 },
      })
      expect(await rows("select to_regclass('public.copies') as there")).toEqual([{ there: null }])
    })

    test('makes no circle of tests that refer to each other’s models', async () => {
      const related = (to: string) => `[{ relationships: { to: ref('${to}'), field: code } }]`
      const circular = {
        ...chain,
        'models/shop.yml': `models:
  - name: copies
    columns: [{ name: code, data_tests: ${related('again')} }]
  - name: again
    columns: [{ name: code, data_tests: ${related('copies')} }]
`,
      }
      expect(await build(circular)).toEqual({ code: 0, statuses: { success: 8, pass: 2 } })
    })

    const three = (second: string): Files => {
      const names = ['a', 'b', 'c']
      const tests = (name: string) =>
        ['unique', 'not_null'].concat(
          names
            .filter((one) => one !== name)
            .map((one) => `{ relationships: { to: ref('${one}'), field: id } }`),
        )
      return {
        'models/a.sql': 'select 1 as id',
        'models/b.sql': second,
        'models/c.sql': "select * from {{ ref('b') }}",
        'models/three.yml': `models:\n${names.map((name) => tested(name, { id: tests(name) })).join('')}`,
      }
    }

    test('asks tests of three models about each other', async () => {
      expect(await build(three("select * from {{ ref('a') }}"))).toEqual({
        code: 0,
        statuses: { success: 3, pass: 12 },
      })
    })

    test('tells the tests that a missing column breaks from those that were never asked', async () => {
      const outcome = await build(three("select null::int as other from {{ ref('a') }}"))
      // dbt: a and b are built, four tests of b are errors, those behind c are skipped.
      expect(outcome).toEqual({ code: 1, statuses: { success: 1, pass: 2, error: 5, skipped: 7 } })
      expect(await rows("select to_regclass('public.b') as there")).toEqual([{ there: null }])
    })

    const blocking: Files = {
      'models/a.sql': 'select null::int as id',
      'models/b.sql': "select * from {{ ref('a') }}",
      'models/two.yml': `models:\n${tested('a', { id: ['not_null'] })}`,
    }

    test('always blocks the child of a model that fails a test, though that is selected alone', async () => {
      expect(await build(blocking)).toEqual({ code: 1, statuses: { error: 1, fail: 1, skipped: 1 } })
      expect(await build(blocking, '--select', 'a not_null_a_id+')).toEqual({
        code: 1,
        statuses: { error: 1, fail: 1 },
      })
    })

    test('with 1+c takes the parent of c, and the tests of both', async () => {
      const files = {
        ...three("select * from {{ ref('a') }}"),
        'models/three.yml': `models:\n${['a', 'b', 'c'].map((name) => tested(name, { id: ['not_null'] })).join('')}`,
      }
      write(files)
      await project.run('run', '--select', 'a')
      expect(await build(files, '--select', '1+c')).toEqual({ code: 0, statuses: { success: 2, pass: 2 } })
    })
  })

  describe('data tests', () => {
    const failing = { config: { tags: ['known_to_fail'] } }
    const people = {
      version: 2,
      models: [
        {
          name: 'people',
          data_tests: [
            { is_at_least: { name: 'enough_people', arguments: { least: "{{ var('least', 2) }}" } } },
          ],
          columns: [
            { name: 'id', data_tests: ['unique', { not_null: failing }] },
            { name: 'Favourite', quote: true, data_tests: ['not_null'] },
            {
              name: 'color',
              data_tests: [
                {
                  accepted_values: {
                    arguments: { values: ['red'] },
                    config: { tags: ['known_to_fail'], limit: 2 },
                  },
                },
              ],
            },
          ],
        },
        { name: 'upper', columns: [{ name: 'n', data_tests: ['not_null'] }] },
        { name: 'gone', columns: [{ name: 'n', data_tests: ['not_null', 'unique'] }] },
      ],
    }
    const files: Files = {
      'models/people.sql':
        "select * from (values (1, 'x', 'red'), (2, 'y', 'blue'), (null, 'z', 'green'), (null, 'z', 'grey')) as p (id, \"Favourite\", color)",
      'models/upper.SQL': 'select 1 as n',
      'models/gone.sql': '{{ config(enabled=false) }}select 1 as n',
      'macros/is_at_least.sql':
        '{% test is_at_least(model, least) %}select 1 from {{ model }} having count(*) < {{ least }}{% endtest %}',
      // YAML takes JSON.
      'models/people.yml': JSON.stringify(people),
    }
    const tested = async (...words: readonly string[]) => {
      const { code } = await project.run('test', ...words)
      return { code, statuses: statuses() }
    }

    test('fail and pass one by one, are chosen by their tags, and are left out with a model that is switched off', async () => {
      write(files)
      expect(await project.run('run')).toMatchObject({ code: 0 })
      expect(await tested()).toEqual({ code: 1, statuses: { pass: 4, fail: 2 } })
      const { results } = JSON.parse(project.read('target/run_results.json')) as {
        results: { status: string; failures: number }[]
      }
      expect(results.filter(({ status }) => status === 'fail').map(({ failures }) => failures)).toEqual([
        2, 2,
      ])
      expect(await tested('--exclude', 'tag:known_to_fail')).toEqual({ code: 0, statuses: { pass: 4 } })
      expect(await tested('--select', 'tag:known_to_fail')).toEqual({ code: 1, statuses: { fail: 2 } })
      expect(await tested('--select', 'upper')).toEqual({ code: 0, statuses: { pass: 1 } })
      // Arguments may hold variables.
      expect(await tested('--select', 'enough_people', '--vars', '{least: 5}')).toEqual({
        code: 1,
        statuses: { fail: 1 },
      })
    })
  })

  describe('a unit test', () => {
    const types: readonly (readonly [sql: string, given: string])[] = [
      ['1', '1'],
      ['2.0', '2.0'],
      ["'12345'", '12345'],
      ["'string'", 'string'],
      ["'a longer text'::varchar(50)", 'a text that is longer than the one'],
      ['true', 'true'],
      ["date '2020-01-02'", '2020-01-02'],
      ["timestamp '2013-11-03 00:00:00-0'", '"2013-11-03 00:00:00-0"'],
      ["timestamptz '2013-11-03 00:00:00-0'", '"2013-11-03 00:00:00-0"'],
      ["time '12:30'", '"12:30:00"'],
      ["interval '1 day'", '1 day'],
      ["'1'::numeric", '1'],
      [`'{"bar": "baz", "other": [1, null]}'::json`, `'{"bar": "baz", "other": [1, null]}'`],
      [`'{"bar": "baz"}'::jsonb`, '{ bar: baz }'],
      ["array['a', 'b', 'c']", "'{a, b, c}'"],
      ['array[1, 2, 3]', '[1, 2, 3]'],
      ["array[timestamp '2020-01-01']", `'{"2020-01-01"}'`],
      ["'\\x6162'::bytea", `'\\x6162'`],
      ["'5b1c9c1e-4f1f-4a50-9d2a-7d3d3a8a0001'::uuid", '5b1c9c1e-4f1f-4a50-9d2a-7d3d3a8a0001'],
    ]

    test('takes values of every type, and null', async () => {
      const models = types.flatMap(([sql], index) => [
        [`models/parent_${index}.sql`, `select ${sql} as tested`],
        [`models/child_${index}.sql`, `select tested from {{ ref('parent_${index}') }}`],
      ])
      const tests = types.map(
        ([, given], index) => `  - name: takes_it
    model: child_${index}
    given: [{ input: ref('parent_${index}'), rows: [{ tested: ${given} }, { tested: null }] }]
    expect: { rows: [{ tested: null }, { tested: ${given} }] }
`,
      )
      write({ ...Object.fromEntries(models), 'models/types.yml': `unit_tests:\n${tests.join('')}` })
      const alone = await project.run('test')
      expect(alone.code, alone.stdout + alone.stderr).toBe(0)
      expect(statuses()).toEqual({ pass: types.length })
      // The same with the parents there.
      expect(await project.run('run')).toMatchObject({ code: 0 })
      expect(await project.run('test')).toMatchObject({ code: 0 })
    })

    test('of one name may stand under two models, and can be chosen by either', async () => {
      const of = (model: string) =>
        `  - { name: same, model: ${model}, given: [], expect: { rows: [{ n: 1 }] } }\n`
      write({
        'models/a.sql': 'select 1 as n',
        'models/b.sql': 'select 1 as n',
        'models/tests.yml': `unit_tests:\n${of('a')}${of('b')}`,
      })
      const chosen = async (select: string) => {
        await project.run('test', '--select', select)
        return statuses()
      }
      expect(await chosen('test_name:same')).toEqual({ pass: 2 })
      expect(await chosen('a,test_name:same')).toEqual({ pass: 1 })
      expect(await chosen('b')).toEqual({ pass: 1 })
    })

    test('that fails keeps its model, which reads a source, from being built', async () => {
      await own.database.query('create table public.people (id int)')
      const expecting = (id: number) => ({
        'models/people.yml': `sources: [{ name: crm, schema: public, tables: [{ name: people }] }]
unit_tests:
  - name: keeps_ids
    model: customers
    given: [{ input: "source('crm', 'people')", rows: [{ id: 1 }] }]
    expect: { rows: [{ id: ${id} }] }
`,
        'models/customers.sql': "select id from {{ source('crm', 'people') }}",
      })
      expect(await build(expecting(2))).toEqual({ code: 1, statuses: { fail: 1, skipped: 1 } })
      expect(await build(expecting(1))).toEqual({ code: 0, statuses: { pass: 1, success: 1 } })
    })
  })

  describe('a snapshot', () => {
    const colors = (when: string) => `{% snapshot colors %}
{{ config(target_schema='history', unique_key='id') }}
{% if var('by') == 'time' %}{{ config(strategy='timestamp', updated_at='changed_at') }}
{% else %}{{ config(strategy='check', check_cols=['color']) }}{% endif %}
${when}
-- a comment ends it
{% endsnapshot %}`
    const take = async (text: string, vars: object) => {
      write({ 'snapshots/colors.sql': colors(text) })
      const { code, stdout, stderr } = await project.run('snapshot', '--vars', JSON.stringify(vars))
      expect(code, stdout + stderr).toBe(0)
    }
    const pair = (one: string, two: string, more = '') =>
      `select 1 as id, '${one}' as color${more} union all select 2, '${two}'${more.replace(/ as \w+/, '')}`

    test('goes on when its strategy changes, with a comment at its end and a column that comes', async () => {
      await take(pair('blue', 'red'), { by: 'check' })
      await take(pair('green', 'red', ", date '2020-01-01' as changed_at"), { by: 'check' })
      await take(pair('pink', 'pink', ", (now() + interval '1 day')::date as changed_at"), { by: 'time' })
      expect(
        await rows(
          "select id, string_agg(color, ' ' order by dbt_valid_from) as colors, count(*) filter (where dbt_valid_to is null)::int as current from history.colors group by id order by id",
        ),
      ).toEqual([
        { id: 1, colors: 'blue green pink', current: 1 },
        { id: 2, colors: 'red pink', current: 1 },
      ])
    })

    test('keeps texts of any length', async () => {
      const long = (letter: string) => pair(letter.repeat(500), 'red')
      await take(long('a'), { by: 'check' })
      await take(long('b'), { by: 'check' })
      expect(await rows('select length(color)::int as letters from history.colors where id = 1')).toEqual([
        { letters: 500 },
        { letters: 500 },
      ])
    })
  })
})
