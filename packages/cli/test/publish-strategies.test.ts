import type { Json, ModelStep } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

/** Built from one SELECT, then run with another, as dbt's models with `is_incremental()` are. */
function incremental(
  first: string,
  next: string,
  config: { readonly [option: string]: Json } = {},
  key: readonly string[] = ['id'],
): ModelStep {
  return model('m', first, { materialized: 'incremental', key, increment: [next], config })
}

const values = (rows: string, columns = 'id, name') => `select * from (values ${rows}) as v (${columns})`

describeOldestServer('incremental strategies', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
  })
  afterEach(() => fixture.drop())

  const twice = async (step: ModelStep) => {
    expect(await fixture.publish(step)).toMatchObject({ failure: null })
    return fixture.publish(step)
  }
  const lines = async (of = 'm') =>
    (
      await fixture.rows(
        `select array_to_string(array(select value from json_each_text(row_to_json(m)) ), ' ', '-') as line from silver.m as ${of} order by 1`,
      )
    ).map((row) => row['line'])
  const first = values(`(1, 'hey'), (2, 'goodbye')`)
  const next = values(`(2, 'yo'), (3, 'anyway')`)

  it('merge by the key where there is one, and append where there is none', async () => {
    expect(await twice(incremental(first, next))).toMatchObject({ counts: { inserted: 1, changed: 1 } })
    expect(await lines()).toEqual(['1 hey', '2 yo', '3 anyway'])
    await fixture.execute('drop table silver.m', 'delete from strata.relations')
    await twice(incremental(first, next, {}, []))
    expect(await lines()).toEqual(['1 hey', '2 goodbye', '2 yo', '3 anyway'])
  })

  it('append although there is a key', async () => {
    await twice(incremental(first, next, { incremental_strategy: 'append' }))
    expect(await lines()).toEqual(['1 hey', '2 goodbye', '2 yo', '3 anyway'])
  })

  it('delete and insert whole groups, whose key is not unique', async () => {
    const step = incremental(
      values(`('mon', 1), ('mon', 2), ('tue', 3), (null, 4)`, 'day, n'),
      values(`('mon', 7), (null, 8), (null, 9)`, 'day, n'),
      { incremental_strategy: 'delete+insert' },
      ['day'],
    )
    expect(await twice(step)).toMatchObject({ counts: { rows: 3, deleted: 3, inserted: 3 } })
    expect(await lines()).toEqual(['- 8', '- 9', 'mon 7', 'tue 3'])
  })

  it.each(['merge', 'delete+insert'])(
    '%s lets a predicate protect rows, which then stand beside the new ones',
    async (strategy) => {
      const config = { incremental_strategy: strategy, incremental_predicates: ['DBT_INTERNAL_DEST.id != 2'] }
      await twice(incremental(first, next, config))
      expect(await lines()).toEqual(['1 hey', '2 goodbye', '2 yo', '3 anyway'])
    },
  )

  const wide = (rows: string) => values(rows, 'id, name, city')

  it('merge updates only some columns, or all but some', async () => {
    const [a, b] = [wide(`(1, 'a', 'x'), (2, 'b', 'y')`), wide(`(2, 'B', 'Y'), (3, 'C', 'Z')`)]
    await twice(incremental(a, b, { merge_update_columns: ['city'] }))
    expect(await lines()).toEqual(['1 a x', '2 b Y', '3 C Z'])
    await fixture.execute('drop table silver.m', 'delete from strata.relations')
    await twice(incremental(a, b, { merge_exclude_columns: ['city'] }))
    expect(await lines()).toEqual(['1 a x', '2 B y', '3 C Z'])
  })

  it('merge leaves these columns as they are also where its SQL changed or its input was replaced', async () => {
    const rows = `(1, 'a', 'x'), (2, 'b', 'y')`
    const config = { merge_exclude_columns: ['city'] }
    const first = incremental(wide(rows), wide(rows), config)
    await fixture.publish(first)
    const later = (select: string) => incremental(select, select, config)
    const changed = later(wide(`(2, 'B', 'Y'), (3, 'C', 'Z')`))
    expect(await fixture.publish(changed)).toMatchObject({
      action: 'alter',
      counts: { inserted: 1, changed: 1, deleted: 1 },
    })
    expect(await lines()).toEqual(['2 B y', '3 C Z'])
    // A column that is new has nothing that could stay.
    const rowsOfFour = `(2, 'b', 'no', 7), (3, 'c', 'no', 8)`
    const four = values(rowsOfFour, 'id, name, city, size')
    const widened = incremental(four, four, { merge_exclude_columns: ['city', 'size'] })
    expect(await fixture.publish(widened)).toMatchObject({ action: 'alter', failure: null })
    expect(await lines()).toEqual(['2 b y 7', '3 c Z 8'])
    expect(await fixture.publish({ ...widened, fullRefresh: true })).toMatchObject({ failure: null })
    expect(await lines()).toEqual(['2 b no 7', '3 c no 8'])
  })

  it.each([
    ['ignore', ['1 a x', '2 B y', '3 C -'], `(2, 'B', 7), (3, 'C', 8)`, 'COLUMNS_CHANGED'],
    ['append_new_columns', ['1 a x -', '2 B y 7', '3 C - 8'], `(2, 'B', 7), (3, 'C', 8)`, null],
    ['sync_all_columns', ['1 a -', '2 B 7', '3 C 8'], `(2, 'B', 7), (3, 'C', 8)`, null],
    ['fail', [], `(2, 'B', 7), (3, 'C', 8)`, 'COLUMNS_CHANGED'],
  ] as const)(
    'on_schema_change %s: one column is gone and another is new',
    async (onChange, expected, rows, code) => {
      const step = incremental(wide(`(1, 'a', 'x'), (2, 'b', 'y')`), values(rows, 'id, name, size'), {
        on_schema_change: onChange,
      })
      const result = await twice(step)
      expect(result.failure?.code ?? null).toBe(code)
      expect(await lines()).toEqual(code === null ? expected : ['1 a x', '2 b y'])
    },
  )

  it('on_schema_change ignore leaves a new column out', async () => {
    await twice(incremental(first, wide(`(2, 'yo', 'x')`), { on_schema_change: 'ignore' }))
    expect(await lines()).toEqual(['1 hey', '2 yo'])
  })

  it('on_schema_change sync_all_columns takes another type', async () => {
    const step = incremental(first, values(`('2', 'yo')`), { on_schema_change: 'sync_all_columns' })
    expect(await twice(step)).toMatchObject({ failure: null })
    expect(await lines()).toEqual(['1 hey', '2 yo'])
  })

  it('names a key column that the SELECT does not yield', async () => {
    const failed = await fixture.publish(incremental(first, next, {}, ['nope']))
    expect(failed).toMatchObject({ status: 'failed', failure: { message: expect.stringContaining('nope') } })
  })
})
