import type { ChangeColumns, IncrementEdge, ModelStep } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const parent = 'source.test.erp.orders'

function by(settings: Partial<ChangeColumns> = {}): ChangeColumns {
  return {
    kind: 'columns',
    columns: ['updated_at'],
    logic: 'or',
    lookback: null,
    min: null,
    max: null,
    ...settings,
  }
}

function orders(watermark: ChangeColumns): ModelStep {
  const edge: IncrementEdge = { parent, relation: { schema: 'erp', name: 'orders' }, by: watermark }
  return model('orders', 'select id, state from "erp"."orders"', {
    materialized: 'incremental',
    key: ['id'],
    increments: [edge],
    increment: ['select id, state from ', { incrementOf: parent }],
  })
}

interface Mistake {
  readonly title: string
  readonly watermark?: Partial<ChangeColumns>
  /** `(id, state, updated_at, created_at)` of the rows of the first run, and what is done before each of the later ones. */
  readonly first: readonly string[]
  readonly later: readonly (readonly string[])[]
}

const insert = (row: string) => `insert into erp.orders (id, state, updated_at, created_at) values (${row})`

const mistakes: readonly Mistake[] = [
  {
    title: 'a poisoned 9999 timestamp among the first rows',
    first: [`1, 'a', '9999-12-31', null`, `2, 'a', '2024-01-01', null`],
    later: [[insert(`3, 'b', '2024-01-02', null`)]],
  },
  {
    title: 'a poisoned timestamp that comes later, and is behind a bound of its own',
    watermark: { max: '2020-12-31' },
    first: [`1, 'a', '2020-01-01', null`],
    later: [
      [insert(`2, 'b', '2021-01-01', null`), insert(`3, 'b', '2020-12-31 23:59:59.999999', null`)],
      [insert(`4, 'c', '2020-12-31 23:59:59.999999', null`)],
    ],
  },
  {
    title: 'a clock that is wrong by a week',
    first: [`1, 'a', '2024-01-01', null`, `2, 'a', now() + interval '7 days', null`],
    later: [[insert(`3, 'b', now(), null`)]],
  },
  {
    title: 'ties at the maximum',
    first: [`1, 'a', '2024-01-01 08:00:00', null`],
    later: [[insert(`2, 'b', '2024-01-01 08:00:00', null`)]],
  },
  {
    title: 'a row that commits late, within the lookback',
    watermark: { lookback: '1 hour' },
    first: [`1, 'a', '2024-01-01 08:00:00', null`],
    later: [[insert(`2, 'b', '2024-01-01 07:00:00.000001', null`)]],
  },
  {
    title: 'two columns of which one is null',
    watermark: { columns: ['updated_at', 'created_at'] },
    first: [`1, 'a', '2024-01-01', null`],
    later: [[insert(`2, 'b', null, '2024-01-02'`)], [insert(`3, 'c', null, '2024-01-02'`)]],
  },
  {
    title: 'a row that only one of the columns calls new',
    watermark: { columns: ['updated_at', 'created_at'] },
    first: [`1, 'a', '2024-01-02', '2024-01-02'`],
    later: [[insert(`2, 'b', '2024-01-01', '2024-01-03'`)]],
  },
]

const naive = `insert into naive select id, state from erp.orders
where updated_at > (select max(o.updated_at) from erp.orders o join naive n using (id))`

describeOldestServer('a parent with change columns (R3, R9, R14)', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      'create schema erp',
      'create table erp.orders (id int primary key, state text, updated_at timestamptz, created_at timestamptz)',
    )
  })
  afterEach(() => fixture.drop())

  const contents = (table: string) => fixture.rows(`select id, state from ${table} order by id`)
  const watermark = async () => {
    const [row] = await fixture.rows(`select columns from strata.watermarks`)
    return row!['columns']
  }

  it.each(mistakes)('loses nothing by $title, which the usual way does', async (mistake) => {
    const step = orders(by(mistake.watermark))
    for (const row of mistake.first) await fixture.execute(insert(row))
    await fixture.execute('create table naive as select id, state from erp.orders')
    expect(await fixture.publish(step)).toMatchObject({ action: 'build', failure: null })
    for (const statements of mistake.later) {
      await fixture.execute(...statements, naive)
      expect(await fixture.publish(step)).toMatchObject({ action: 'increment', failure: null })
    }
    // What cannot be believed is no reason to read a row.
    const whole = (await contents('erp.orders')).filter(({ id }) => !(mistake.watermark?.max && id === 2))
    expect(await contents('silver.orders')).toEqual(whole)
    expect(await contents('naive')).not.toEqual(whole)
  })

  it('is bounded by an impossible date as well: 0001 selects no row', async () => {
    const step = orders(
      by({ columns: ['updated_at', 'created_at'], min: '2000-01-01', lookback: '2020 years' }),
    )
    await fixture.execute(insert(`1, 'a', '2024-01-01', '2024-01-01'`))
    await fixture.publish(step)
    await fixture.execute(insert(`2, 'b', '0001-01-01', null`), insert(`3, 'b', '0001-01-01', '2023-01-01'`))
    expect(await fixture.publish(step)).toMatchObject({ counts: { rows: 2, inserted: 1 }, failure: null })
    expect(await contents('silver.orders')).toEqual([
      { id: 1, state: 'a' },
      { id: 3, state: 'b' },
    ])
  })

  it('finds less when all columns have to be new than when one has to', async () => {
    const columns = ['updated_at', 'created_at']
    await fixture.execute(insert(`1, 'a', '2024-01-02', '2024-01-02'`))
    const and = orders(by({ columns, logic: 'and' }))
    await fixture.publish(and)
    await fixture.execute(
      insert(`2, 'b', '2024-01-03', '2024-01-01'`),
      insert(`3, 'b', '2024-01-03', '2024-01-03'`),
      insert(`4, 'b', '2024-01-03', null`),
    )
    expect(await fixture.publish(and)).toMatchObject({ action: 'increment', counts: { inserted: 1 } })
    expect(await fixture.publish(orders(by({ columns })))).toMatchObject({
      action: 'alter',
      message: 'the change columns of erp.orders are others, in place',
      counts: { inserted: 2 },
    })
  })

  it('stores the greatest value that rows have, with microseconds and time zone, and no other', async () => {
    const step = orders(by({ columns: ['updated_at', 'created_at'] }))
    await fixture.execute(insert(`1, 'a', '2024-01-01 10:00:00.123456+02', null`))
    await fixture.publish(step)
    const values = { updated_at: '2024-01-01T08:00:00.123456+00:00', created_at: null }
    expect(await watermark()).toEqual({ logic: 'or', min: null, max: null, view: null, values })
    expect(await fixture.publish(step)).toMatchObject({ counts: { rows: 1, unchanged: 1 } })
    expect(await watermark()).toMatchObject({ values })
    await fixture.execute('delete from erp.orders', insert(`2, 'b', '2023-01-01', null`))
    expect(await fixture.publish(step)).toMatchObject({ counts: { rows: 1, inserted: 1 } })
  })

  it('says how many rows no increment will ever read, and how it reads', async () => {
    const step = orders(by())
    await fixture.execute(
      insert(`1, 'a', null, null`),
      insert(`2, 'a', '9999-01-01', null`),
      insert(`3, 'a', now(), null`),
    )
    expect(await fixture.publish(step)).toMatchObject({
      message:
        'first build; 2 rows of erp.orders without a believable updated_at, which only a full build reads',
    })
    expect(await fixture.publish(step)).toMatchObject({ message: 'incremental, erp.orders by updated_at' })
  })

  it.each([
    ['timestamp', `'2024-01-01 08:00'`, `'2024-01-01 07:30'`, '1 hour', `'infinity'`],
    ['date', `'2024-01-03'`, `'2024-01-02'`, '1 day', `'9999-01-01'`],
    ['bigint', '1000', '990', '10', 'null'],
    ['text', `'2024-01-03T08:00:00Z'`, `'2024-01-02T00:00:00Z'`, '1 day', `'soon'`],
    ['varchar(30)', `'2024-01-03'`, `'2024-01-02'`, '1 day', `'9999-01-01'`],
  ])('reads columns of type %s', async (type, first, late, lookback, absurd) => {
    await fixture.execute(
      `alter table erp.orders drop column updated_at, add column updated_at ${type}`,
      insert(`1, 'a', ${first}, null`),
      insert(`2, 'a', ${absurd}, null`),
    )
    const step = orders(by({ lookback }))
    expect(await fixture.publish(step)).toMatchObject({ failure: null, action: 'build' })
    await fixture.execute(insert(`3, 'b', ${late}, null`), insert(`4, 'b', ${first}, null`))
    expect(await fixture.publish(step)).toMatchObject({ failure: null, counts: { rows: 3, inserted: 2 } })
  })

  it('reads views, and all of one that was changed', async () => {
    await fixture.execute(insert(`1, 'a', now(), null`), insert(`2, 'b', now(), null`))
    const recent = (where: string) => model('recent', `select * from erp.orders where ${where}`)
    const edge: IncrementEdge = { parent: 'model.test.recent', relation: recent('').relation, by: by() }
    const step = model('orders', 'select id, state from "silver"."recent"', {
      materialized: 'incremental',
      key: ['id'],
      increments: [edge],
      increment: ['select id, state from ', { incrementOf: edge.parent }],
    })
    await fixture.publish(recent('true'))
    await fixture.publish(step)
    expect(await fixture.publish(step)).toMatchObject({ action: 'increment', failure: null })
    await fixture.publish(recent(`state <> 'a'`))
    expect(await fixture.publish(step)).toMatchObject({
      message: 'the view silver.recent was changed, in place',
      counts: { deleted: 1 },
    })
  })

  it('refuses columns that are not there or say nothing of a change, before anything is built', async () => {
    const failure = async (settings: Partial<ChangeColumns>) =>
      (await fixture.publish(orders(by(settings)))).failure
    expect(await failure({ columns: ['modified'] })).toMatchObject({
      code: 'WATERMARK_COLUMN',
      message: 'silver.orders: erp.orders has no column modified, which its watermark names',
    })
    await fixture.execute('alter table erp.orders add column flag boolean')
    expect(await failure({ columns: ['flag'] })).toMatchObject({
      message: 'silver.orders: erp.orders.flag is of type bool, which no watermark can be taken of',
    })
    expect(await failure({ max: 'never' })).toMatchObject({
      message:
        'silver.orders: the bound "never" does not fit erp.orders.updated_at, which is of type timestamptz',
    })
    expect(await failure({ lookback: '10' })).toMatchObject({
      code: 'WATERMARK_COLUMN',
      hint: 'Write a time, such as "1 day".',
    })
    expect(await fixture.rows(`select to_regclass('silver.orders') as there`)).toEqual([{ there: null }])
  })
})
