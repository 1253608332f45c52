import type { RunResult } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type BuildFixture, openBuildFixture } from './build-fixture.ts'

describeServers('what is marked as health information', (server) => {
  let fixture: BuildFixture
  beforeAll(async () => {
    fixture = await openBuildFixture(server)
    await fixture.execute(
      'create schema bronze',
      'create table bronze.people (id int, name text)',
      `insert into bronze.people values (1, 'Johnson 1980'), (2, 'Johnson 1980')`,
      'create table bronze.names (name text primary key)',
      `create function bronze.refuse(who text, state text) returns text language plpgsql as
        $$ begin raise exception using message = 'refused ' || who, hint = 'ask ' || who, errcode = state, constraint = who; end $$`,
    )
  })
  afterAll(() => fixture.drop())
  beforeEach(() =>
    fixture.execute('drop schema if exists silver, dbt_test__audit cascade', 'delete from strata.relations'),
  )

  /** Nothing of a row in what the run hands on, nor in its record. */
  const expectNoValue = async ({ results }: RunResult) => {
    expect(JSON.stringify(results)).not.toMatch(/johnson|1980/i)
    expect(await fixture.rows(`select from strata.steps s where s::text ~* 'johnson'`)).toEqual([])
  }
  const people = (column: string, more = '') => `models:
  - name: people
    columns:
      - { name: id, data_type: int }
      - { name: name, data_type: text, ${column} }
${more}`
  const marked = 'meta: { phi: true }'
  const select = (config: string, name = 'name') =>
    `{{ config(${config}) }}\nselect id, ${name} as name from bronze.people`

  const contract = (constraint: string) => `    config: { contract: { enforced: true } }
    constraints: [{ ${constraint} }]
`
  it.each([
    [
      'a unique index',
      `materialized='table', indexes=[{'columns': ['name'], 'unique': true}]`,
      '',
      'UNIQUE_VIOLATION',
    ],
    [
      'a primary key',
      `materialized='table'`,
      contract('type: primary_key, columns: [name]'),
      'CONSTRAINT_VIOLATED',
    ],
    [
      'a check',
      `materialized='table'`,
      contract('type: primary_key, columns: [name] }, { type: check, expression: "id > 1"'),
      'CONSTRAINT_VIOLATED',
    ],
    [
      'a foreign key',
      `materialized='table'`,
      contract('type: foreign_key, columns: [name], expression: "bronze.names (name)"'),
      'CONSTRAINT_VIOLATED',
    ],
  ])(
    'stands in no message about %s, whichever column of the model is marked',
    async (what, config, more, code) => {
      const files = (mark: string) => ({
        'models/people.sql': select(config, what === 'a check' ? 'name || id' : 'name'),
        'models/people.yml': people(mark, more),
      })
      const open = await fixture.build(files('tags: [a]'))
      expect(JSON.stringify(open.results)).toContain('Johnson')
      const hidden = await fixture.build(files(marked))
      expect(hidden.results[0]!.failure).toMatchObject({ code })
      expect(JSON.stringify(hidden.results)).not.toMatch(/johnson|1980/i)
    },
  )

  it.each([
    ['to_tsquery(name)::text', '42601'],
    [`replace(name, ' ', '')::regclass::text`, '42P01'],
    [`to_date(name, 'YYYY')::text`, '22007'],
    [`bronze.refuse(name, 'P0001')`, 'P0001'],
    [`bronze.refuse(name, '23505')`, '23505'],
    [`bronze.refuse(name, '42501')`, '42501'],
    [`bronze.refuse(name, '53000')`, '53000'],
  ])('stands in no error of a function: %s', async (expression, sqlstate) => {
    await fixture.execute('truncate strata.steps cascade')
    const result = await fixture.build({
      'models/people.sql': select(`materialized='table'`, expression),
      'models/people.yml': people(marked),
    })
    expect(result.results[0]!.failure).toMatchObject({ sqlstate, message: expect.stringContaining(sqlstate) })
    await expectNoValue(result)
  })

  it('stands in no error of a hook, nor of the model that an ephemeral one is written into', async () => {
    await fixture.execute('truncate strata.steps cascade')
    const result = await fixture.build({
      'models/people.sql': `{{ config(materialized='ephemeral') }}\nselect id, to_tsquery(name) as name from bronze.people`,
      'models/between.sql': `{{ config(materialized='ephemeral') }}\nselect * from {{ ref('people') }}`,
      'models/reader.sql': `{{ config(materialized='table') }}\nselect * from {{ ref('between') }}`,
      'models/hooked.sql': `{{ config(materialized='table', meta={'phi': true}, pre_hook="select to_tsquery(name) from bronze.people") }}\nselect 1 as id`,
      'models/people.yml': people(marked),
    })
    expect(result.results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'silver.hooked failed',
      'silver.reader failed',
    ])
    expect(result.results.find(({ name }) => name === 'silver.hooked')!.message).toMatch(/^in a hook: /)
    await expectNoValue(result)
  })

  it('stands in no error of a data test', async () => {
    await fixture.execute('truncate strata.steps cascade')
    const result = await fixture.build({
      'models/people.sql': select(`materialized='table'`),
      'models/people.yml': people(marked),
      'tests/broken.sql': `select 1 from {{ ref('people') }} where to_tsquery(name) is null`,
      'tests/kept.sql': `{{ config(store_failures=true) }}\nselect 1 from {{ ref('people') }} where to_tsquery(name) is null`,
    })
    expect(result.status).toBe('failed')
    await expectNoValue(result)
  })

  it('leaves what says nothing of rows in its errors', async () => {
    const failureOf = async (name: string, config = `materialized='table'`) => {
      const { results } = await fixture.build({
        'models/people.sql': select(config, name),
        'models/people.yml': people(marked),
      })
      return results[0]!.failure!.message
    }
    expect(await failureOf('nobody')).toContain('"nobody" does not exist')
    expect(
      await failureOf('name', `materialized='table', indexes=[{'columns': ['name'], 'unique': true}]`),
    ).toContain('could not create unique index')
  })

  it.each(['ephemeral', 'view'])(
    'is kept in a restricted table by a test that reads it through %s models',
    async (kind) => {
      const files = {
        'models/s.yml': `sources: [{ name: s, schema: bronze, tables: [{ name: people, columns: [{ name: name, ${marked} }] }] }]
models:
  - name: top
    columns: [{ name: id, data_tests: [{ expression: { expression: "< 0", name: below, store_failures: true } }] }]
`,
        'models/base.sql': `{{ config(materialized='${kind}') }}\nselect * from {{ source('s', 'people') }}`,
        'models/top.sql': `{{ config(materialized='${kind}') }}\nselect * from {{ ref('base') }}`,
      }
      const plan = await new Promise<readonly unknown[]>((resolve, reject) => {
        fixture.build(files, { onPlan: ({ steps }) => resolve(steps) }).catch(reject)
      })
      expect(plan).toContainEqual(
        expect.objectContaining({ name: 'below', restricted: true, store: { as: 'restricted' } }),
      )
    },
  )
})
