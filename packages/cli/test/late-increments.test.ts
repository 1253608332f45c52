import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BuildFixture, openBuildFixture } from './build-fixture.ts'

/** Models whose templates ask the database, so that an increment is rendered at its step and in that form alone. */
describeOldestServer('an increment of a template that asks the database', (server) => {
  let fixture: BuildFixture
  beforeEach(async () => {
    fixture = await openBuildFixture(server)
    await fixture.execute(
      'create schema bronze',
      'create table bronze.orders (id int, state text)',
      `insert into bronze.orders values (1, 'new'), (2, 'new'), (3, 'paid')`,
    )
  })
  afterEach(() => fixture.drop())

  const config = `{{ config(materialized='incremental', unique_key='KEY') }}
{% set known = run_query("select 1 as one") %}`
  const files = {
    'models/orders.sql': `{{ config(materialized='incremental', unique_key='id') }}\nselect id, state from bronze.orders`,
    'models/open.sql': `${config.replace('KEY', 'id')}
select id, {{ known.rows[0][0] if execute else 0 }} as one from {{ increment(ref('orders')) }} where state = 'new'`,
    'models/states.sql': `${config.replace('KEY', 'state')}
select state, count(*)::int as orders from {{ ref('orders') }}
where state in ({{ changed_keys(ref('orders'), 'state') }}) group by state`,
    'models/models.yml': `version: 2
models:
  - name: open
    config: { contract: { enforced: true } }
    columns: [{ name: id, data_type: integer }, { name: one, data_type: integer }]
  - name: states
    config: { contract: { enforced: true } }
    columns: [{ name: state, data_type: text }, { name: orders, data_type: integer }]`,
  }

  it('keeps its contract, and lets go of rows that left', async () => {
    expect((await fixture.build(files)).status).toBe('success')
    await fixture.execute(
      `update bronze.orders set state = 'paid' where id = 1`,
      `insert into bronze.orders values (4, 'new')`,
    )
    const { status, results } = await fixture.build(files)
    expect(results.map(({ failure }) => failure)).toEqual([null, null, null])
    expect(status).toBe('success')
    expect(results.find(({ name }) => name.endsWith('open'))?.action).toBe('increment')
    expect(await fixture.rows('select id, one from silver.open order by 1')).toEqual([
      { id: 2, one: 1 },
      { id: 4, one: 1 },
    ])
    expect(await fixture.rows('select state, orders from silver.states order by 1')).toEqual([
      { state: 'new', orders: 2 },
      { state: 'paid', orders: 2 },
    ])
  })
})
