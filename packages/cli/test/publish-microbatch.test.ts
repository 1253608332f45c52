import type { BatchSettings, Event, IncrementEdge, ModelStep } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const days: BatchSettings = {
  eventTime: 'at',
  begin: '2024-01-01T00:00:00.000Z',
  size: 'day',
  lookback: 1,
}
const input = { schema: 'bronze', name: 'input' }
const parent = 'source.test.bronze.input'
const tracked: IncrementEdge = { parent, relation: input, eventTime: 'at' }

/** Reads `bronze.input` by batches. `*` is `select id, at, name from` the parent, before what stands behind it. */
function events(
  batches: Partial<BatchSettings> = {},
  settings: ModelSettings = {},
  select = 'select id, at, name',
): ModelStep {
  const settled = { ...days, ...batches }
  const step = model('events', `${select} from "bronze"."input"`, {
    materialized: 'incremental',
    key: ['id'],
    increment: [`${select} from `, { windowOf: parent, column: 'at', relation: input }],
    ...settings,
    config: { incremental_strategy: 'microbatch', ...settings.config },
  })
  return { ...step, batches: settled }
}

const at = (moment: string) => ({ clock: () => new Date(moment) })
const third = at('2024-01-03T12:00:00Z')

describeOldestServer('models that are built in batches', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      `create table bronze.input (id int, at timestamptz, name text, changed_xid xid8 not null default pg_current_xact_id())`,
      `insert into bronze.input values (1, '2024-01-01 00:00', 'a'), (2, '2024-01-02 00:00', 'b'), (3, '2024-01-03 00:00', 'c')`,
    )
  })
  afterEach(() => fixture.drop())

  const ids = async (of = 'events') =>
    (await fixture.rows(`select id from silver.${of} order by 1`)).map((row) => row['id'])
  const done = async () =>
    (
      await fixture.rows(
        `select to_char(batch_start at time zone 'UTC', 'YYYY-MM-DD HH24') as start from strata.batches order by 1`,
      )
    ).map((row) => row['start'])
  const insert = (...rows: readonly string[]) =>
    fixture.execute(`insert into bronze.input (id, at, name) values ${rows.join(', ')}`)
  const publish = async (step: ModelStep, when = third) => {
    const result = await fixture.publish(step, when)
    expect(result).toMatchObject({ status: 'success', failure: null })
    return result
  }

  it('get the rows of each day up to now, and a day more when the clock has gone on', async () => {
    expect(await publish(events())).toMatchObject({
      action: 'build',
      message: 'first build; 3 batches',
      counts: { inserted: 3 },
    })
    expect(await ids()).toEqual([1, 2, 3])
    const again = await publish(events())
    expect(again).toMatchObject({
      action: 'increment',
      message: 'incremental; 2 batches',
      counts: { inserted: 0, changed: 0, unchanged: 2 },
    })
    await insert(`(4, '2024-01-04 00:00', 'd')`, `(5, '2024-01-05 00:00', 'e')`)
    await publish(events())
    expect(await ids()).toEqual([1, 2, 3])
    await publish(events(), at('2024-01-04T12:00:00Z'))
    expect(await ids()).toEqual([1, 2, 3, 4])
    await publish(events(), at('2024-01-05T12:00:00Z'))
    expect(await ids()).toEqual([1, 2, 3, 4, 5])
  })

  it('do the other batches where one fails, and then only what is missing', async () => {
    const step = events({ lookback: 0 }, {}, 'select id, at, 10 / (id - 1) as share')
    const child = model('child', 'select 1 as one', { parents: [step.id] })
    const run = await fixture.run([step, child], third)
    expect(run.results).toMatchObject([
      {
        status: 'failed',
        failure: {
          code: 'DIVISION_BY_ZERO',
          message: expect.stringMatching(/^2 of 3 batches; that of 2024-01-01 failed: division by zero/),
        },
        counts: { inserted: 2 },
      },
      { status: 'skipped', because: step.id },
    ])
    expect(await ids()).toEqual([2, 3])
    await fixture.execute(`update bronze.input set id = 7 where id = 1`)
    const mended = await fixture.run([step, child], third)
    // The day that is not over is done at every run.
    expect(mended.results).toMatchObject([
      { status: 'success', message: 'incremental; 2 batches', counts: { inserted: 1 } },
      { status: 'success' },
    ])
    expect(await ids()).toEqual([2, 3, 7])
  })

  it('fill a gap in the middle, and know that a day that was not over is one', async () => {
    const step = events({ lookback: 0 })
    await publish(step)
    expect(await done()).toEqual(['2024-01-01 00', '2024-01-02 00'])
    await insert(`(4, '2024-01-03 18:00', 'late that day')`, `(5, '2024-01-01 18:00', 'late')`)
    await fixture.execute(`delete from strata.batches where batch_start = '2024-01-01 00:00+00'`)
    await publish(step, at('2024-01-09T12:00:00Z'))
    expect(await ids()).toEqual([1, 2, 3, 4, 5])
    expect(await done()).toHaveLength(8)
  })

  it('do again what the lookback says of a parent that does not record its changes, and no more', async () => {
    await publish(events())
    await insert(`(4, '2024-01-01 18:00', 'too late')`, `(5, '2024-01-02 18:00', 'late')`)
    await publish(events())
    expect(await ids()).toEqual([1, 2, 3, 5])
    await publish(events({ lookback: 2 }))
    expect(await ids()).toEqual([1, 2, 3, 4, 5])
  })

  it('get a row that comes forty days late where the parent records its changes, once', async () => {
    const step = events({ lookback: 0 }, { increments: [tracked] })
    const later = at('2024-02-15T12:00:00Z')
    await publish(step, later)
    await insert(`(4, '2024-01-05 18:00', 'late')`)
    expect(await publish(step, later)).toMatchObject({
      message: 'incremental; 2 batches',
      counts: { inserted: 1 },
    })
    expect(await ids()).toEqual([1, 2, 3, 4])
    expect(await publish(step, later)).toMatchObject({
      message: 'incremental; 1 batch',
      counts: { inserted: 0 },
    })
  })

  it.each([[['id']], [[]]])(
    'follow a row that moves to another batch, and one that is deleted (key: %j)',
    async (key) => {
      const step = events({ lookback: 0 }, { increments: [tracked], key })
      const later = at('2024-01-08T12:00:00Z')
      await publish(step, later)
      await fixture.execute(
        `update bronze.input set at = '2024-01-06 00:00', changed_xid = default where id = 1`,
        `delete from bronze.input where id = 2`,
      )
      expect(await publish(step, later)).toMatchObject({ message: 'incremental; 4 batches' })
      expect(
        await fixture.rows(`select id, to_char(at, 'MM-DD') as day from silver.events order by 1`),
      ).toEqual([
        { id: 1, day: '01-06' },
        { id: 3, day: '01-03' },
      ])
    },
  )

  it('are resumed where a run was cancelled between two batches', async () => {
    const controller = new AbortController()
    const step = events({ lookback: 0 }, { increments: [tracked] })
    const progress: Event[] = []
    const onEvent = (event: Event) => {
      if (event.kind !== 'step_progress') return
      progress.push(event)
      controller.abort()
    }
    const cancelled = await fixture.publish(step, { ...third, onEvent, signal: controller.signal })
    expect(cancelled.status).toBe('cancelled')
    expect(progress).toMatchObject([{ batches: { done: 1, of: 3 } }])
    expect(await ids()).toEqual([1])
    // Neither the lookback nor the watermark would bring it.
    expect(await publish(step)).toMatchObject({ action: 'increment', message: 'incremental; 2 batches' })
    expect(await ids()).toEqual([1, 2, 3])
  })

  it('keep the place of late rows when their batch fails after the watermark has moved past them', async () => {
    const later = at('2024-01-08T12:00:00Z')
    const step = events({ lookback: 0 }, { increments: [tracked] })
    await publish(step, later)
    await insert(`(4, '2024-01-05 18:00', 'late')`)
    const dying = {
      ...step,
      select: {
        ...step.select,
        increment: ['select 1 / 0 as id, at, name from ', ...step.select.increment!.slice(1)],
      },
    }
    expect((await fixture.publish(dying, later)).status).toBe('failed')
    expect(await publish(step, later)).toMatchObject({
      message: 'incremental; 2 batches',
      counts: { inserted: 1 },
    })
    expect(await ids()).toEqual([1, 2, 3, 4])
  })

  it('go on where they were when the connection is killed in the middle of a batch', async () => {
    // What a sequence has given stays given, whatever becomes of the transaction.
    await fixture.execute('create sequence bronze.kills')
    const killing = `select id, at, case when id = 2 and nextval('bronze.kills') = 1 then pg_terminate_backend(pg_backend_pid())::text else name end as name`
    const told: Event[] = []
    const onEvent = (event: Event) => told.push(event)
    const result = await fixture.publish(events({ lookback: 0 }, {}, killing), { ...third, onEvent })
    expect(result).toMatchObject({ status: 'success', message: 'incremental; 2 batches', failure: null })
    expect(told.filter(({ kind }) => kind === 'step_retried')).toHaveLength(1)
    expect(await ids()).toEqual([1, 2, 3])
  })

  it('run their hooks once, around all batches', async () => {
    await fixture.execute('create table public.log (line text)')
    const hook = (line: string) => {
      const sql = `insert into public.log select '${line}'`
      return { template: sql, sql, transaction: true }
    }
    const counting = {
      template: '',
      sql: `insert into public.log select 'after ' || count(*) from silver.events`,
      transaction: true,
    }
    await publish({ ...events(), preHooks: [hook('before')], postHooks: [counting] })
    expect(await fixture.rows('select line from public.log')).toEqual([
      { line: 'before' },
      { line: 'after 3' },
    ])
  })

  it('replace the rows of a batch where there is no key', async () => {
    const step = events({}, { key: [] })
    await publish(step)
    await fixture.execute(
      `update bronze.input set name = 'B' where id = 2`,
      `insert into bronze.input values (2, '2024-01-02 05:00', 'twin')`,
    )
    await publish(step)
    expect(await fixture.rows('select id, name from silver.events order by 1, 2')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'B' },
      { id: 2, name: 'twin' },
      { id: 3, name: 'c' },
    ])
  })

  it('touch no row that is what it was', async () => {
    await publish(events())
    const versions = () => fixture.rows('select id, xmin::text, ctid::text from silver.events order by 1')
    const before = await versions()
    await publish(events({ lookback: 2 }))
    expect(await versions()).toEqual(before)
  })

  it('name keys that come twice in a batch, and leave the batch what it was', async () => {
    await publish(events())
    await insert(`(2, '2024-01-02 05:00', 'twin')`)
    const failed = await fixture.publish(events(), third)
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'DUPLICATE_KEYS', message: expect.stringContaining('id=2: 2 rows') },
    })
    expect(await ids()).toEqual([1, 2, 3])
  })

  it('refuse a row whose time lies outside of its batch', async () => {
    const failed = await fixture.publish(
      events({}, {}, `select id, at + interval '1 day' as at, name`),
      third,
    )
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'OUTSIDE_OF_BATCH', message: expect.stringContaining('1 row') },
    })
    expect(await ids()).toEqual([])
  })

  it('keep a row whose time lies outside of its batch where they are told to, also when they are done again', async () => {
    const shifted = `select id, at + interval '15 hours' as at, name`
    const step = events({ keepsOutside: true, lookback: 2 }, {}, shifted)
    await insert(`(4, '2024-01-01 12:00', 'x')`, `(5, null, 'never')`)
    const first = await publish(step)
    expect(first.message).toBe('first build; 3 batches, 1 with rows outside of its span, which are kept')
    const days = () =>
      fixture.rows(`select id, to_char(at, 'MM-DD HH24') as at from silver.events order by 1`)
    const expected = [
      { id: 1, at: '01-01 15' },
      { id: 2, at: '01-02 15' },
      { id: 3, at: '01-03 15' },
      { id: 4, at: '01-02 03' },
    ]
    expect(await days()).toEqual(expected)
    await publish(step)
    expect(await days()).toEqual(expected)
    await publish(events({ keepsOutside: true }, { fullRefresh: true }, shifted))
    expect(await days()).toEqual(expected)
  })

  it('tell which batches went well, and do exactly those again that did not', async () => {
    const dividing = events({ lookback: 2 }, {}, 'select id, at, 10 / (id - 2) as share')
    const failed = await fixture.publish(dividing, third)
    const span = (from: number) => [`2024-01-0${from}T00:00:00.000Z`, `2024-01-0${from + 1}T00:00:00.000Z`]
    expect(failed.batches).toEqual({ successful: [span(1), span(3)], failed: [span(2)] })
    await fixture.execute('update bronze.input set id = 7 where id = 2')
    const again = await publish({
      ...dividing,
      batches: { ...dividing.batches!, exactly: failed.batches!.failed.map(([from]) => from) },
    })
    expect(again).toMatchObject({
      message: 'incremental; 1 batch',
      batches: { successful: [span(2)], failed: [] },
    })
    expect(await ids()).toEqual([1, 3, 7])
    const whole = await publish({ ...dividing, fullRefresh: true })
    expect(whole.batches).toEqual({ successful: [span(1), span(2), span(3)], failed: [] })
  })

  it('do all batches of a table that is not there, whichever failed elsewhere', async () => {
    await publish(events({ exactly: ['2024-01-02T00:00:00.000Z'] }))
    expect(await ids()).toEqual([1, 2, 3])
  })

  it('do a batch again, however old it is by then, that was done once and has failed since', async () => {
    const step = events({ lookback: 1 })
    const later = at('2024-01-04T12:00:00Z')
    await publish(step, later)
    await insert(`(4, '2024-01-03 18:00', 'late')`, `(4, '2024-01-03 19:00', 'twin')`)
    expect((await fixture.publish(step, later)).failure?.code).toBe('DUPLICATE_KEYS')
    await fixture.execute(`delete from bronze.input where name = 'twin'`)
    await publish(step, at('2024-01-09T12:00:00Z'))
    expect(await ids()).toEqual([1, 2, 3, 4])
  })

  it('cut what is read whole where no parent has an event_time', async () => {
    const select = 'select id, at, name from "bronze"."input"'
    await publish(events({}, { increment: [select] }))
    expect(await ids()).toEqual([1, 2, 3])
    expect(await done()).toHaveLength(2)
  })

  it('are built anew at once on a full refresh, and then go on from there', async () => {
    await publish(events())
    await insert(`(0, '2024-01-01 07:00', 'late')`, `(9, '2023-12-31 23:59', 'before')`)
    await fixture.execute('create view public.reader as select count(*)::int as rows from silver.events')
    const rebuilt = await publish(events({}, { fullRefresh: true }))
    expect(rebuilt).toMatchObject({
      action: 'rebuild',
      message: 'full refresh; all batches at once',
      counts: { rows: 4 },
    })
    expect(await fixture.rows('select rows from public.reader')).toEqual([{ rows: 4 }])
    expect(await publish(events())).toMatchObject({ action: 'increment', message: 'incremental; 2 batches' })
    expect(await ids()).toEqual([0, 1, 2, 3])
  })

  it('are built anew in place when their SQL changes, unless the configuration keeps what is there', async () => {
    await publish(events())
    const upper = 'select id, at, upper(name) as name'
    expect(await publish(events({}, {}, upper))).toMatchObject({ action: 'alter', counts: { changed: 3 } })
    const kept = await publish(
      events({ lookback: 0 }, { config: { on_change: 'keep' } }, 'select id, at, name'),
    )
    expect(kept).toMatchObject({ action: 'increment', counts: { changed: 1 } })
    expect(await fixture.rows('select name from silver.events order by id')).toEqual([
      { name: 'A' },
      { name: 'B' },
      { name: 'c' },
    ])
  })

  it('do exactly the batches that are asked for, and stay to be rebuilt where their SQL is another', async () => {
    await publish(events())
    await insert(`(4, '2024-01-01 18:00', 'x')`, `(5, '2024-01-02 18:00', 'y')`)
    const only = { from: '2024-01-01T06:00:00.000Z', to: '2024-01-02T00:00:00.000Z' }
    expect(await publish(events({ only }))).toMatchObject({ message: 'batches that were asked for; 1 batch' })
    expect(await ids()).toEqual([1, 2, 3, 4])
    const upper = 'select id, at, upper(name) as name'
    await publish(events({ only }, { fullRefresh: true }, upper))
    expect(await fixture.rows('select name from silver.events order by id')).toEqual(
      ['A', 'b', 'c', 'X'].map((name) => ({ name })),
    )
    expect(await publish(events({}, {}, upper))).toMatchObject({ action: 'alter' })
  })

  it('read their parents again from the beginning when one was replaced', async () => {
    const step = events({ lookback: 0 }, { increments: [tracked] })
    await publish(step)
    await fixture.execute(
      'drop table bronze.input',
      `create table bronze.input (id int, at timestamptz, name text, changed_xid xid8 not null default pg_current_xact_id())`,
      `insert into bronze.input values (8, '2024-01-01 01:00', 'n')`,
    )
    expect(await publish(step)).toMatchObject({
      action: 'increment',
      message: 'all batches again, for bronze.input was replaced; 3 batches',
    })
    expect(await ids()).toEqual([8])
  })

  it('leave the transaction of the parent’s rows out of `select *`', async () => {
    await publish(events({}, { increments: [tracked] }, 'select *'))
    const columns = await fixture.rows(
      `select attname::text as name from pg_attribute where attrelid = 'silver.events'::regclass and attnum > 0 order by attnum`,
    )
    expect(columns.map(({ name }) => name)).toEqual(['id', 'at', 'name'])
  })

  it('leave no view behind on the connection', async () => {
    await publish(events())
    await fixture.publish(events({}, {}, 'select id, at, 1 / (id - 1) as name'), third)
    expect(await fixture.rows(`select viewname from pg_views where viewname = 'input'`)).toEqual([])
  })

  it('tell parents of one name apart', async () => {
    await fixture.execute(
      'create schema other',
      'create table other.input (id int, happened timestamp)',
      `insert into other.input values (1, '2024-01-01 01:00'), (3, '2024-01-03 09:00'), (3, '2024-01-01 09:00')`,
    )
    const step = events(
      {},
      {
        increment: [
          'select a.id, a.at, b.happened::text as name from ',
          { windowOf: parent, column: 'at', relation: input },
          ' as a left join ',
          {
            windowOf: 'source.test.other.input',
            column: 'happened',
            relation: { schema: 'other', name: 'input' },
          },
          ' as b using (id)',
        ],
      },
    )
    await publish(step)
    expect(await fixture.rows('select id, name from silver.events order by 1')).toEqual([
      { id: 1, name: '2024-01-01 01:00:00' },
      { id: 2, name: null },
      { id: 3, name: '2024-01-03 09:00:00' },
    ])
  })

  it.each([
    [
      'hour',
      '2024-03-31T00:00:00.000Z',
      '2024-03-31T03:30:00Z',
      ['2024-03-31 00', '2024-03-31 01', '2024-03-31 02'],
    ],
    ['day', '2024-02-28T10:00:00.000Z', '2024-03-01T12:00:00Z', ['2024-02-28 00', '2024-02-29 00']],
    [
      'month',
      '2024-01-31T00:00:00.000Z',
      '2024-04-30T23:59:59Z',
      ['2024-01-01 00', '2024-02-01 00', '2024-03-01 00'],
    ],
    ['year', '2023-06-01T00:00:00.000Z', '2025-01-01T00:00:00Z', ['2023-01-01 00', '2024-01-01 00']],
  ] as const)('have half-open windows of one %s in UTC', async (size, begin, now, expected) => {
    const first = new Date(begin).getTime()
    // Of each batch its first moment and its last microsecond, and one before and one behind all of them.
    await fixture.execute(
      'truncate bronze.input',
      `insert into bronze.input (id, at, name)
       select row_number() over (order by at), at, name from (
         select start as at, 'first' as name from generate_series(date_trunc('${size}', timestamptz '${begin}'), timestamptz '${now}', '1 ${size}') as start
         union all select start + interval '1 ${size}' - interval '1 microsecond', 'last' from generate_series(date_trunc('${size}', timestamptz '${begin}') - interval '1 ${size}', timestamptz '${now}', '1 ${size}') as start
       ) as moments`,
    )
    expect(first).toBeLessThan(new Date(now).getTime())
    await publish(events({ size, begin }), at(now))
    expect(await done()).toEqual(expected)
    const rows = await fixture.rows(
      `select name, count(*)::int as rows from silver.events group by 1 order by 1`,
    )
    const batches = expected.length + 1
    expect(rows).toEqual([
      { name: 'first', rows: batches },
      { name: 'last', rows: batches },
    ])
  })

  it.each(['date', 'timestamp', 'timestamptz'])(
    'are read by a column of type %s, by the hour too',
    async (type) => {
      await fixture.execute(`alter table bronze.input alter column at type ${type}`)
      const step = events(
        { size: 'hour', begin: '2024-01-03T00:00:00.000Z', lookback: 0 },
        { increments: [tracked] },
      )
      const soon = at('2024-01-03T03:30:00Z')
      await publish(step, soon)
      expect(await ids()).toEqual([3])
      // Of a date only the day is kept: it belongs to the first hour.
      await insert(`(4, '2024-01-03 01:30', 'late')`)
      await publish(step, soon)
      expect(await ids()).toEqual([3, 4])
    },
  )

  it('are changed a batch at a time: no reader sees a part of one', async () => {
    await publish(events({}, { key: [] }))
    await fixture.execute(`update bronze.input set name = 'x'`)
    const seen = new Set<string>()
    let over = false
    const reading = (async () => {
      while (!over) {
        const [row] = await fixture.rows('select count(*)::text as rows from silver.events')
        seen.add(String(row!['rows']))
      }
    })()
    await publish(events({ lookback: 2 }, { key: [] }))
    over = true
    await reading
    expect([...seen]).toEqual(['3'])
  })
})
