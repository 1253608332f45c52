import type { RunResult } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BuildFixture, openBuildFixture } from './build-fixture.ts'

const statuses = ({ results }: RunResult) =>
  Object.fromEntries(
    results.map(({ id, status }) => [id.replace(/^(\w+)\.shop\./, '$1 ').replace(/\.\w{10}$/, ''), status]),
  )

const properties = (name: string, more = '') => `version: 2
models:
  - name: ${name}
    columns:
      - name: id
        data_tests: [not_null, unique]
${more}`

describeOldestServer('a build', (server) => {
  let fixture: BuildFixture
  beforeEach(async () => {
    fixture = await openBuildFixture(server)
    await fixture.execute('create schema bronze', 'create table bronze.orders (id int, amount int)')
  })
  afterEach(() => fixture.drop())

  const kinds = ['table', 'view', 'incremental', 'materialized_view'] as const
  const orders = (kind: (typeof kinds)[number], more = '') => ({
    'models/orders.sql': `{{ config(materialized='${kind}') }}\nselect id, amount${more} from bronze.orders`,
    'models/orders.yml': properties('orders'),
    'models/totals.sql': `{{ config(materialized='table') }}\nselect count(*) as orders from {{ ref('orders') }}`,
  })

  it.each(['table', 'materialized_view'] as const)(
    'keeps a %s as it was when a test of it fails',
    async (kind) => {
      await fixture.execute('insert into bronze.orders values (1, 10), (2, 20)')
      const first = await fixture.build(orders(kind))
      expect(statuses(first)).toEqual({
        'model orders': 'success',
        'data_test not_null_orders_id': 'success',
        'data_test unique_orders_id': 'success',
        'model totals': 'success',
      })
      await fixture.execute('insert into bronze.orders values (2, 30), (3, 40)')
      const second = await fixture.build(orders(kind))
      expect(second.status).toBe('failed')
      expect(statuses(second)).toEqual({
        'model orders': 'failed',
        'data_test not_null_orders_id': 'success',
        'data_test unique_orders_id': 'failed',
        'model totals': 'skipped',
      })
      expect(second.results[0]!.message).toBe('not published: 1 of its 2 tests failed')
      expect(await fixture.rows('select count(*)::int as n from silver.orders')).toEqual([{ n: 2 }])
      expect(await fixture.rows('select orders::int from silver.totals')).toEqual([{ orders: 2 }])
      // Its failing rows can be looked at.
      expect(await fixture.rows(`select test, row from strata.failing_rows`)).toEqual([
        { test: 'unique_orders_id', row: { unique_field: 2, n_records: 2 } },
      ])
      expect(
        await fixture.rows(
          `select relname from pg_class where relname like '%strata%' and relnamespace = 'silver'::regnamespace`,
        ),
      ).toEqual([])
      await fixture.execute('delete from bronze.orders where amount = 30')
      expect((await fixture.build(orders(kind))).status).toBe('success')
      expect(await fixture.rows('select orders::int from silver.totals')).toEqual([{ orders: 3 }])
    },
  )

  it('does not replace a view by one whose rows fail a test', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10), (2, 20)')
    await fixture.build(orders('view'))
    const broken = {
      ...orders('view'),
      'models/orders.sql': `select id from bronze.orders union all select id from bronze.orders`,
    }
    expect(statuses(await fixture.build(broken))).toMatchObject({
      'model orders': 'failed',
      'data_test unique_orders_id': 'failed',
    })
    expect(await fixture.rows('select * from silver.orders order by id')).toEqual([
      { id: 1, amount: 10 },
      { id: 2, amount: 20 },
    ])
  })

  it('says so of a view that shows others rows than it did, and skips what reads it', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10)')
    await fixture.build(orders('view'))
    await fixture.execute('insert into bronze.orders values (1, 10)')
    expect(statuses(await fixture.build(orders('view')))).toMatchObject({
      'model orders': 'failed',
      'model totals': 'skipped',
    })
    expect(await fixture.rows('select orders::int from silver.totals')).toEqual([{ orders: 1 }])
  })

  it('takes back an increment whose rows fail a test', async () => {
    const files = {
      'models/orders.sql': `{{ config(materialized='incremental', unique_key='id') }}
select id, amount from bronze.orders {% if is_incremental() %} where amount > (select max(amount) from {{ this }}) {% endif %}`,
      'models/orders.yml': properties(
        'orders',
        `      - name: amount
        data_tests:
          - accepted_values: { arguments: { values: [10, 20, 40], quote: false } }
`,
      ),
    }
    await fixture.execute('insert into bronze.orders values (1, 10), (2, 20)')
    await fixture.build(files)
    await fixture.execute('insert into bronze.orders values (3, 30), (4, 40)')
    expect((await fixture.build(files)).status).toBe('failed')
    expect(await fixture.rows('select count(*)::int as n from silver.orders')).toEqual([{ n: 2 }])
    await fixture.execute('delete from bronze.orders where amount = 30')
    expect((await fixture.build(files)).status).toBe('success')
    expect(await fixture.rows('select count(*)::int as n from silver.orders')).toEqual([{ n: 3 }])
  })

  it('publishes nothing at all when the first build fails a test', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10), (null, 20)')
    for (const kind of kinds) {
      const { results } = await fixture.build(orders(kind))
      expect([kind, results[0]!.status]).toEqual([kind, 'failed'])
      expect(await fixture.rows(`select to_regclass('silver.orders') as found`)).toEqual([{ found: null }])
    }
  })

  it('publishes what a test only warns of', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10), (1, 20)')
    const files = {
      'models/orders.sql': `{{ config(materialized='table') }}\nselect id, amount from bronze.orders`,
      'models/orders.yml': properties('orders').replace('unique', '{unique: {config: {severity: warn}}}'),
    }
    const result = await fixture.build(files)
    expect(statuses(result)).toMatchObject({
      'model orders': 'success',
      'data_test unique_orders_id': 'warned',
    })
    expect(result.status).toBe('success')
  })

  it('does not keep readers waiting while tests run', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10)')
    await fixture.build(orders('table'))
    const slow = {
      ...orders('table'),
      'tests/slow.sql': `select 1 from {{ ref('orders') }} where pg_sleep(1.5) is null`,
    }
    const isAsleep = async () =>
      (
        await fixture.rows(
          `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
        )
      ).length > 0
    let readings = 0
    const building = fixture.build(slow)
    let done = false
    building.finally(() => {
      done = true
    })
    while (!done) {
      const before = await isAsleep()
      await fixture.rows('select count(*) from silver.orders')
      // A reader that waited for the tests would not be through before they are.
      if (before && (await isAsleep())) readings++
    }
    expect((await building).status).toBe('success')
    expect(readings).toBeGreaterThan(0)
  })

  it('lets the last of several models pass that a test reads, and only then', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10)')
    const files = {
      'models/a.sql': `{{ config(materialized='table') }} select id from bronze.orders`,
      'models/b.sql': `{{ config(materialized='table') }} select id + coalesce((select max(amount) from bronze.orders where id = 9), 0) as id from {{ ref('a') }}`,
      'tests/same.sql': `select id from {{ ref('b') }} except select id from {{ ref('a') }}`,
    }
    expect((await fixture.build(files)).status).toBe('success')
    await fixture.execute('insert into bronze.orders values (9, 100)')
    expect(statuses(await fixture.build(files))).toEqual({
      'model a': 'success',
      'model b': 'failed',
      'data_test same': 'failed',
    })
    expect(await fixture.rows('select id from silver.a order by id')).toEqual([{ id: 1 }, { id: 9 }])
    expect(await fixture.rows('select id from silver.b')).toEqual([{ id: 1 }])
  })

  it('tests a source before anything reads it', async () => {
    const files = {
      'models/sources.yml': `version: 2
sources:
  - name: bronze
    tables:
      - name: orders
        columns: [{ name: id, data_tests: [not_null] }]
`,
      'models/orders.sql': `select id from {{ source('bronze', 'orders') }}`,
      'models/other.sql': `select 1 as one`,
    }
    await fixture.execute('insert into bronze.orders values (null, 10)')
    const result = await fixture.build(files)
    expect(statuses(result)).toEqual({
      'data_test source_not_null_bronze_orders_id': 'failed',
      'model orders': 'skipped',
      'model other': 'success',
    })
    expect(result.results.find(({ status }) => status === 'skipped')!.message).toBe(
      'because source_not_null_bronze_orders_id failed',
    )
  })

  it('loads no seed that fails a test', async () => {
    const seed = (rows: string) => ({
      'seeds/codes.csv': `code,name\n${rows}`,
      'seeds/codes.yml': `version: 2
seeds:
  - name: codes
    columns: [{ name: code, data_tests: [unique] }]
`,
    })
    await fixture.build(seed('a,first\n'))
    expect(statuses(await fixture.build(seed('a,first\na,second\n')))).toEqual({
      'seed codes': 'failed',
      'data_test unique_codes_code': 'failed',
    })
    expect(await fixture.rows('select * from silver.codes')).toEqual([{ code: 'a', name: 'first' }])
  })

  it('tests each batch of a microbatch model, and the whole with the last one', async () => {
    await fixture.execute(
      'create table bronze.events (id int, at timestamp)',
      `insert into bronze.events values (1, '2025-12-30'), (2, '2025-12-31'), (null, '2026-01-01')`,
    )
    const files = {
      'models/sources.yml': `version: 2
sources:
  - name: bronze
    tables: [{ name: events, config: { event_time: at } }]
`,
      'models/events.sql': `{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='day', begin='2025-12-30') }}
select id, at from {{ source('bronze', 'events') }}`,
      'models/events.yml': properties('events'),
    }
    const result = await fixture.build(files)
    expect(statuses(result)).toMatchObject({
      'model events': 'failed',
      'data_test not_null_events_id': 'failed',
    })
    expect(await fixture.rows('select id from silver.events order by id')).toEqual([{ id: 1 }, { id: 2 }])
    await fixture.execute('update bronze.events set id = 3 where id is null')
    expect((await fixture.build(files)).status).toBe('success')
    expect(await fixture.rows('select count(*)::int as n from silver.events')).toEqual([{ n: 3 }])
  })

  it('tells of a test that Postgres refuses, and publishes nothing', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10)')
    const files = {
      'models/orders.sql': `{{ config(materialized='table') }} select id from bronze.orders`,
      'tests/broken.sql': `select nothing from {{ ref('orders') }}`,
      'tests/fine.sql': `select 1 from {{ ref('orders') }} where id < 0`,
    }
    const { results } = await fixture.build(files)
    expect(results.find(({ name }) => name === 'broken')).toMatchObject({
      status: 'failed',
      failure: { sqlstate: '42703' },
    })
    expect(results.find(({ name }) => name === 'fine')).toMatchObject({ status: 'success' })
    expect(await fixture.rows(`select to_regclass('silver.orders') as found`)).toEqual([{ found: null }])
  })

  it('makes a table of the failures of a test that lets its model through', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10), (1, 20)')
    const files = {
      'models/orders.sql': `{{ config(materialized='table') }}\nselect id, amount from bronze.orders`,
      'models/orders.yml': properties('orders').replace(
        'unique',
        '{unique: {config: {severity: warn, store_failures: true}}}',
      ),
    }
    expect((await fixture.build(files)).status).toBe('success')
    expect(await fixture.rows('select * from dbt_test__audit.unique_orders_id')).toEqual([
      { unique_field: 1, n_records: '2' },
    ])
  })

  it('keeps a column and its values when the SELECT has lost it and a test fails', async () => {
    const files = (columns: string) => ({
      'models/orders.sql': `{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns', on_change='keep') }}
select ${columns} from bronze.orders`,
      'models/orders.yml': properties('orders'),
    })
    await fixture.execute('insert into bronze.orders values (1, 10)')
    await fixture.build(files('id, amount'))
    await fixture.execute('insert into bronze.orders values (null, 20)')
    expect((await fixture.build(files('id'))).status).toBe('failed')
    expect(await fixture.rows('select * from silver.orders')).toEqual([{ id: 1, amount: 10 }])
    await fixture.execute('delete from bronze.orders where id is null')
    expect((await fixture.build(files('id'))).status).toBe('success')
    expect(await fixture.rows('select * from silver.orders')).toEqual([{ id: 1 }])
  })

  it.each(['table', 'view'] as const)(
    'lets a test look up the columns of a %s that it would publish',
    async (kind) => {
      const files = (columns: string) => ({
        'models/orders.sql': `{{ config(materialized='${kind}') }} select ${columns} from bronze.orders`,
        'tests/columns.sql': `{% set names = adapter.get_columns_in_relation(ref('orders')) | map(attribute='name') | list %}
select 1 from {{ ref('orders') }} where {{ 'amount' not in names }}`,
      })
      await fixture.execute('insert into bronze.orders values (1, 10)')
      expect((await fixture.build(files('id, amount'))).status).toBe('success')
      expect((await fixture.build(files('id'))).status).toBe('failed')
      expect(await fixture.rows('select * from silver.orders')).toEqual([{ id: 1, amount: 10 }])
      expect((await fixture.build(files('amount, id'))).status).toBe('success')
    },
  )

  it('does not ask a test that names its relation so that the published one would be read', async () => {
    const files = {
      'models/orders.sql': `{{ config(materialized='table', schema='public') }} select id from bronze.orders`,
      'macros/schema.sql': `{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}`,
      'tests/bare.sql': `select id from orders where id is null -- {{ ref('orders') }}`,
    }
    await fixture.execute('insert into bronze.orders values (null, 10)')
    expect((await fixture.build(files)).status).toBe('failed')
    await fixture.execute('delete from bronze.orders')
    await fixture.build({ ...files, 'tests/bare.sql': 'select 1 where false' })
    const { results } = await fixture.build(files)
    expect(results.find(({ name }) => name === 'bare')).toMatchObject({
      status: 'failed',
      failure: { code: 'NAME_WITHOUT_SCHEMA' },
    })
  })

  it('asks the tests behind the hooks that change what is published', async () => {
    await fixture.execute('insert into bronze.orders values (1, 10)')
    const files = (hook: string) => ({
      'models/orders.sql': `{{ config(materialized='table', post_hook="${hook}") }} select id from bronze.orders`,
      'models/orders.yml': properties('orders'),
    })
    await fixture.build(files('select 1'))
    expect((await fixture.build(files('insert into {{ this }} values (null)'))).status).toBe('failed')
    expect(await fixture.rows('select * from silver.orders')).toEqual([{ id: 1 }])
    await fixture.execute('insert into bronze.orders values (null, 1)')
    expect((await fixture.build(files('delete from {{ this }} where id is null'))).status).toBe('success')
    const committing = await fixture.build(files('insert into {{ this }} values (null); commit'))
    expect(committing.results[0]!.message).toContain('a hook of it has committed')
  })

  it('undoes what the template of a test does, and lets it end nothing', async () => {
    await fixture.execute('insert into bronze.orders values (null, 10)')
    const files = (asked: string) => ({
      'models/orders.sql': `{{ config(materialized='table') }} select id from bronze.orders`,
      'models/orders.yml': properties('orders'),
      'tests/aa.sql': `{% do run_query(${asked}) %} select 1 from {{ ref('orders') }} where false`,
    })
    const masking = await fixture.build(files(`'delete from ' ~ ref('orders') ~ ' where id is null'`))
    expect(statuses(masking)).toMatchObject({ 'data_test not_null_orders_id': 'failed' })
    const { results } = await fixture.build(files(`'select 1; commit'`))
    expect(results.find(({ name }) => name === 'aa')).toMatchObject({
      failure: { code: 'TRANSACTION_CONTROL' },
    })
    expect(await fixture.rows(`select to_regclass('silver.orders') as found`)).toEqual([{ found: null }])
  })
})
