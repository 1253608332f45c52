import type { UnitTestBody } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { buildPlan } from '../plan/build-plan.ts'
import { answer, compileFiles, type Files, recompileFiles, testTarget } from '../testing/compile-files.ts'

const orders = "select id, {{ twice('amount') }} as amount from {{ ref('raw') }} -- {{ ref('other') }}"

const files: Files = {
  'strata.yml': 'name: shop\nvars: { region: north }\n',
  'seeds/raw.csv': 'id,amount\n1,2.5\n',
  'models/other.sql': 'select 1 as id',
  'macros/twice.sql':
    '{% macro factor() %}2{% endmacro %}{% macro twice(x) %}{{ x }} * {{ factor() }}{% endmacro %}',
  'models/orders.sql': orders,
}

/** Compiles with one unit test, `t`, and gives what it does. */
function unitTest(yaml: string, more: Files = {}, model = 'orders') {
  const { 'strata.yml': project, ...others } = files
  const compiled = compileFiles({
    ...(more['dbt_project.yml'] === undefined ? { 'strata.yml': project! } : {}),
    ...others,
    'models/tests.yml': `unit_tests:\n  - name: t\n    model: ${model}\n${indent(yaml)}`,
    ...more,
  })
  const id = `unit_test.shop.${model}.t`
  const { bodies, diagnostics } = compiled.unitTests.bodies([id])
  return {
    ...compiled,
    id,
    body: bodies.get(id) as UnitTestBody,
    told: [...compiled.diagnostics, ...diagnostics].map(
      ({ code, location, message }) =>
        `${location.file}:${location.line}:${location.column} ${code} ${message}`,
    ),
  }
}

function indent(yaml: string): string {
  return yaml.replace(/^/gm, '    ')
}

const given = "given: [{ input: ref('raw'), rows: [{ id: 1, amount: 2 }] }]"

describe('a unit test', () => {
  it('reads its inputs in the place of relations, also behind ephemeral models, and what only a comment names is not needed', () => {
    const { body, told } = unitTest(`${given}\nexpect: { rows: [{ id: 1 }] }`)
    expect(told).toEqual([])
    expect(body.expectations[0]!.select).toBe(
      'select id, amount * 2 as amount from __dbt__cte__raw -- __dbt__cte__other',
    )
    expect(body.inputs).toMatchObject([
      {
        node: 'seed.shop.raw',
        label: "ref('raw')",
        name: '__dbt__cte__raw',
        fixture: { kind: 'rows', rows: [{ id: 1, amount: 2 }] },
        shape: {
          complete: true,
          declared: [
            { name: 'id', dataType: 'integer' },
            { name: 'amount', dataType: 'numeric' },
          ],
        },
      },
    ])
    const behind = unitTest(
      `${given}\nexpect: { rows: [] }`,
      {
        'models/orders.sql': `{{ config(materialized='ephemeral') }}${orders}`,
        'models/totals.sql': "select sum(amount) from {{ ref('orders') }}",
      },
      'totals',
    )
    expect(behind.told).toEqual([])
    expect(behind.body.expectations[0]!.select).toContain('from __dbt__cte__raw')
  })

  it('knows the columns of a table that a job lands before it has landed', () => {
    const { body, told } = unitTest(
      "given:\n  - input: source('clinic', 'patients')\n    rows: [{ source_id: a }]\nexpect: { rows: [] }",
      {
        'models/orders.sql':
          "select data->>'id' as id from {{ source('clinic', 'patients') }} where deleted_at is null",
        'sources/clinic.yml': `sources:
  - name: clinic
    connector:
      kind: odata
      auth: { kind: api_key, name: X-ApiKey }
      instances: [{ id: 1, name: one, base_url: { env: CC_URL }, api_key: { env: CC_KEY } }]
    tables:
      - name: patients
        columns: [{ name: data, description: The record. }, { name: formerly }]
        job: { id: 3, name: Patients, endpoint: /api/v1/patients/odata }
`,
      },
    )
    expect(told).toEqual([])
    const { shape } = body.inputs[0]!
    expect(shape.complete).toBe(true)
    expect(shape.declared).toEqual(
      expect.arrayContaining([
        { name: 'data', dataType: 'jsonb' },
        { name: 'deleted_at', dataType: 'timestamp with time zone' },
        { name: 'formerly', dataType: null },
      ]),
    )
    expect(shape.declared.filter(({ name }) => name === 'data')).toHaveLength(1)
  })

  it('overrides macros wherever they are called, variables, the environment and the clock', () => {
    const { body } = unitTest(
      `${given}
expect: { rows: [] }
overrides:
  macros: { factor: 10, dbt.string_literal: lit, toolbox.greet: hi }
  vars: { region: south }
  env_vars: { DBT_X: y }
  clock: 2024-02-29T23:00:00+01:00`,
      {
        'dbt_packages/toolbox/dbt_project.yml': 'name: toolbox\n',
        'dbt_packages/toolbox/macros/greet.sql':
          '{% macro greet() %}hello{% endmacro %}{% macro other() %}o{% endmacro %}',
        'models/orders.sql':
          "select {{ twice(1) }} {{ toolbox.greet() }} {{ toolbox.other() }} {{ dbt.string_literal('a') }} {{ string_literal('a') }} {{ var('region') }} {{ env_var('DBT_X') }} {{ env_var('DBT_Y', 'z') }} {{ run_started_at }} {{ modules.datetime.datetime.now() }} current_date from {{ ref('raw') }}",
      },
    )
    expect(body.expectations[0]!.select).toBe(
      "select 1 * 10 hi o lit lit south y z 2024-02-29 22:00:00+00:00 2024-02-29 22:00:00 ('2024-02-29T22:00:00.000Z'::timestamptz::date) from __dbt__cte__raw",
    )
  })

  it('takes rows as CSV and SQL, in place or in a file, and those of a seed as they are', () => {
    const fixtures = {
      'tests/fixtures/rows.csv': 'id,amount\n1,\n',
      'tests/fixtures/deep/result.sql': 'select {{ factor() }} as id',
    }
    const { body, told, node } = unitTest(
      `given: [{ input: ref('raw'), format: csv, fixture: rows }]\nexpect: { fixture: result }`,
      fixtures,
    )
    expect(told).toEqual([])
    expect(body.inputs[0]!.fixture).toEqual({ kind: 'rows', rows: [{ id: '1', amount: null }], texts: true })
    expect(body.expectations[0]!.fixture).toEqual({ kind: 'sql', sql: 'select 2 as id' })
    expect(node('unit_test.shop.orders.t')).toMatchObject({
      definition: { given: [{ input: "ref('raw')", rows: [{ id: '1', amount: null }], format: 'csv' }] },
    })
    const whole = unitTest(`given: [{ input: ref('raw') }]\nexpect: { format: sql, rows: select 1 as id }`)
    expect(whole.body.inputs[0]!.fixture).toMatchObject({ rows: [{ id: '1', amount: '2.5' }], texts: true })
  })

  it('looks at expressions of its model', () => {
    const { body } = unitTest(`${given}\nexpects: [{ cte: a, rows: [] }, { rows: [] }]`, {
      'models/orders.sql':
        "with a as (select * from {{ ref('raw') }}), b as (select * from a) select * from b",
    })
    expect(body.expectations.map(({ cte, select }) => [cte, select.slice(-18)])).toEqual([
      ['a', ') select * from "a"'.slice(-18)],
      [null, 'a) select * from b'],
    ])
  })

  it.each([
    [
      'expect: { rows: [] }',
      `models/tests.yml:2:11 INPUT_NOT_GIVEN the unit test "t" gives no rows for ref('raw'), which "models/orders.sql" reads`,
    ],
    [`given: [{ input: ref('rwa'), rows: [] }]\nexpect: { rows: [] }`, 'models/tests.yml:4:22 UNKNOWN_REF'],
    [`${given.slice(0, -1)}, { input: ref('raw'), rows: [] }]\nexpect: { rows: [] }`, 'DUPLICATE_INPUT'],
    [
      `given: [{ input: "var('x', 'y')", rows: [] }]\nexpect: { rows: [] }`,
      'models/tests.yml:4:22 BAD_INPUT',
    ],
    [`${given}\nexpect: { cte: fnal, rows: [] }`, 'models/tests.yml:5:20 UNKNOWN_CTE'],
    [`${given}\nexpect: { rows: 'a,b' }`, 'models/tests.yml:5:21 BAD_FIXTURE'],
    [`${given}\nexpect: { fixture: nothing }`, 'there is no fixture "nothing"'],
    [`${given}\nexpect: { format: csv, rows: "a\\n1,2" }`, 'a row has 2 values'],
    [`${given}\nexpect: { rows: [] }\noverrides: { clock: 2024-02-31 }`, 'models/tests.yml:6:25 BAD_VALUE'],
  ])('tells a mistake and its place: %s', (yaml, complaint) => {
    expect(unitTest(yaml).told).toContainEqual(expect.stringContaining(complaint))
  })

  it('takes no fixture of which there are two, and no version that its model has not', () => {
    const fixtures = { 'tests/fixtures/a/rows.csv': 'id\n1', 'tests/fixtures/b/rows.csv': 'id\n2' }
    const twice = `given: [{ input: ref('raw'), format: csv, fixture: rows }]\nexpect: { rows: [] }`
    expect(unitTest(twice, fixtures).told[0]).toMatch(
      /^models\/tests\.yml:4:56 BAD_FIXTURE .*a\/rows\.csv and .*b\/rows\.csv are both/,
    )
    const sql = { ...fixtures, 'tests/fixtures/rows.sql': 'select 1 as id' }
    expect(unitTest(twice.replace('format: csv', 'format: sql'), sql).told).toEqual([])
    const versioned = (versions: string) =>
      unitTest(`${given}\nexpect: { rows: [] }\nversions: ${versions}`).told
    expect(versioned('{ include: [2] }')).toEqual([
      'models/tests.yml:6:27 UNKNOWN_REF the unit test "t" names version 2 of "orders", which has no such version',
    ])
    expect(versioned('{ include: [1], exclude: [2] }')).toEqual([
      expect.stringContaining('exclude each other'),
    ])
  })

  it('gives rows for a version of a model, and not for another one', () => {
    const versions = {
      'models/v.yml': 'models: [{ name: v, latest_version: 1, versions: [{ v: 1 }, { v: 2 }] }]',
      'models/v_v1.sql': 'select 1 as id',
      'models/v_v2.sql': 'select 2 as id',
    }
    const told = (read: string, input: string) =>
      unitTest(`given: [{ input: "${input}", rows: [{ id: 3 }] }]\nexpect: { rows: [{ id: 3 }] }`, {
        ...versions,
        'models/orders.sql': `select * from {{ ${read} }}`,
      }).told.map((one) => one.split(' ')[1])
    expect(told("ref('v')", "ref('v')")).toEqual([])
    expect(told("ref('v')", "ref('v', v=1)")).toEqual([])
    expect(told("ref('v', v=1)", "ref('v')")).toEqual([])
    expect(told("ref('v', v=2)", "ref('v', v=2)")).toEqual([])
    expect(told("ref('v', v=2)", "ref('v')")).toEqual(['INPUT_NOT_GIVEN', 'INPUT_NOT_READ'])
  })

  it('tells sources of one table name apart', () => {
    const { body, told } = unitTest(
      "given:\n  - { input: \"source('a', 'people')\", rows: [{ id: 1 }] }\n  - { input: \"source('b', 'people')\", rows: [{ id: 2 }] }\nexpect: { rows: [{ id: 1 }] }",
      {
        'models/sources.yml':
          'sources: [{ name: a, tables: [{ name: people }] }, { name: b, tables: [{ name: people }] }]',
        'models/orders.sql':
          "select * from {{ source('a', 'people') }} union select * from {{ source('b', 'people') }}",
      },
    )
    expect(told).toEqual([])
    expect(new Set(body.inputs.map(({ name }) => name)).size).toBe(2)
    for (const { name } of body.inputs) expect(body.expectations[0]!.select).toContain(name)
  })

  it.each([
    ['raw', "Write ref('raw')."],
    ['public.raw', "Write ref('raw')."],
    ['crm.people', "Write source('crm', 'people')."],
    ['people', "It is a table of a source: write source('crm', 'people'). An input is ref"],
    ['odrers', "Did you mean \"orders\"? An input is ref('…'), source('…', '…') or this."],
  ])('says how to write the input %s', (name, hint) => {
    const { diagnostics } = unitTest(`given: [{ input: ${name}, rows: [] }]\nexpect: { rows: [] }`, {
      'models/sources.yml': 'sources: [{ name: crm, tables: [{ name: people }] }]',
    })
    const complaint = diagnostics.find(({ code }) => code === 'BAD_INPUT')
    expect(complaint).toMatchObject({ message: `the input ${name} is no reference`, location: { line: 4 } })
    expect(complaint!.hint).toContain(hint)
  })

  it('warns of an input that its model reads in no branch', () => {
    const other = `${given.slice(0, -1)}, { input: ref('third'), rows: [] }]\nexpect: { rows: [] }`
    const { told, body } = unitTest(other, { 'models/third.sql': 'select 1' })
    expect(told).toEqual([expect.stringContaining('INPUT_NOT_READ')])
    expect(body.inputs).toHaveLength(2)
  })
})

describe('a unit test of an incremental model', () => {
  const config = "{{ config(materialized='incremental', unique_key='id') }}"
  const model = {
    'models/orders.sql': `${config}select * from {{ ref('raw') }}{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}`,
  }
  const withThis = `${given.slice(0, -1)}, { input: this, rows: [{ id: 1 }] }]\nexpect: { rows: [] }`

  it('is incremental where it is told to be, or where the table is given', () => {
    const selectOf = (yaml: string) => unitTest(yaml, model).body.expectations[0]!.select
    const increment = 'select * from __dbt__cte__raw where id > (select max(id) from __dbt__cte__orders)'
    expect(selectOf(withThis)).toBe(increment)
    expect(selectOf(`${withThis}\noverrides: { macros: { is_incremental: true } }`)).toBe(increment)
    expect(selectOf(`${withThis}\noverrides: { macros: { is_incremental: false } }`)).toBe(
      'select * from __dbt__cte__raw',
    )
    expect(selectOf(`${given}\nexpect: { rows: [] }`)).toBe('select * from __dbt__cte__raw')
  })

  it('needs the table that it reads', () => {
    const { told } = unitTest(
      `${given}\nexpect: { rows: [] }\noverrides: { macros: { is_incremental: true } }`,
      model,
    )
    expect(told).toEqual([expect.stringContaining('gives no rows for this')])
  })

  it('takes the given rows for the increment, and their keys for those that changed', () => {
    const { body, told } = unitTest(
      `given: [{ input: ref('log'), rows: [{ k: 1 }] }]\nexpect: { rows: [] }`,
      {
        'models/log.sql': `${config}select 1 as id, 1 as k`,
        'models/orders.sql': `${config}select * from {{ increment(ref('log')) }} where k in ({{ changed_keys(ref('log'), 'k', into='id') }})`,
      },
    )
    expect(told.filter((one) => !one.includes('RECOMPUTED'))).toEqual([])
    expect(body.expectations[0]!.select).toBe(
      'select * from __dbt__cte__log where k in (select distinct "k" from (select "k" from __dbt__cte__log offset 0) as whole)',
    )
  })
})

describe('a unit test of a template that asks the database', () => {
  it('is rendered at its step, on tables', async () => {
    const { body, id, unitTests } = unitTest(`${given}\nexpect: { rows: [] }`, {
      'models/orders.sql':
        "select {{ run_query('select 1 from ' ~ ref('raw')).columns[0].values()[0] }} as n",
    })
    expect(body.late).toBe(true)
    const asked: string[] = []
    const tables = new Map([['__dbt__cte__raw', { schema: 'pg_temp_7', name: 'raw' }]])
    const selects = await unitTests.rendered(id, tables, async ({ sql }) => {
      asked.push(sql)
      return answer(['n'], ['42'])
    })
    expect(asked).toEqual(['select 1 from "pg_temp_7"."raw"'])
    expect(selects).toEqual(['select 42 as n'])
  })

  it('fails alone in a project of dbt, where its template is wrong', async () => {
    const { body, id, unitTests, told } = unitTest('expect: { rows: [] }', {
      'dbt_project.yml': 'name: shop\n',
    })
    expect([told, body]).toMatchObject([[], { late: true }])
    await expect(unitTests.rendered(id, new Map(), async () => answer([]))).rejects.toThrow('gives no rows')
  })
})

describe('a plan with unit tests', () => {
  const planned = (command: string, kinds: ('model' | 'unit_test' | 'data_test')[], more: Files = {}) => {
    const compiled = unitTest(`${given}\nexpect: { rows: [] }`, {
      'models/mart.sql': "select * from {{ ref('orders') }}",
      ...more,
    })
    const { bodies: unitTests } = compiled.unitTests.bodies([compiled.id])
    const options = { command, target: testTarget, kinds, fullRefresh: false, unitTests }
    const { steps } = buildPlan(compiled.graph, compiled.graph.nodes, options)
    return steps.map(
      ({ name, parents }) => `${name} < ${parents.map((id) => id.split('.').at(-1)).join(' ')}`,
    )
  }

  it('has them before their models', () => {
    const more = { 'models/orders.sql': `${orders}{{ ref('other') }}` }
    expect(planned('build', ['model', 'unit_test'], more)).toEqual([
      'public.other < ',
      'orders::t < other',
      'public.orders < other t',
      'public.mart < orders',
    ])
    expect(planned('test', ['unit_test'])).toEqual(['orders::t < '])
    expect(planned('run', ['model'])).not.toContain('orders::t < ')
  })

  it('has those of an ephemeral model before its children', () => {
    const more = { 'models/orders.sql': `{{ config(materialized='ephemeral') }}${orders}` }
    expect(planned('build', ['model', 'unit_test'], more)).toEqual([
      'public.other < ',
      'orders::t < other',
      'public.mart < other t',
    ])
  })
})

it('what was kept of an earlier compile gives the rows of a fixture as they are now', () => {
  const withRows = (text: string) => ({
    ...files,
    'tests/fixtures/rows.csv': text,
    'models/tests.yml':
      "unit_tests:\n  - { name: t, model: orders, given: [{ input: ref('raw'), fixture: rows }], expect: { rows: [] } }",
  })
  const id = 'unit_test.shop.orders.t'
  const first = recompileFiles(withRows('id\n1'), { results: null, graph: null })
  const again = recompileFiles(withRows('id\n1'), first.keep())
  expect(again.unitTests.bodies([id])).toEqual(first.unitTests.bodies([id]))
  const changed = recompileFiles(withRows('id\n2'), first.keep())
  expect(changed.unitTests.bodies([id]).bodies.get(id)?.inputs[0]?.fixture).toMatchObject({
    rows: [{ id: '2' }],
  })
  expect(changed.node(id)).toMatchObject({ definition: { given: [{ rows: [{ id: '2' }] }] } })
})
