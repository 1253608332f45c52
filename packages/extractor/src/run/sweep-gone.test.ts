import type { Database, EndpointJob } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { beforeEach, expect, test } from 'vitest'
import type { SliceParameters } from '../job-identity.ts'
import { jobIdentity, sliceIdentity } from '../job-identity.ts'
import { forgetFinished, rememberSeen } from '../landing/seen-records.ts'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { markGone, type SweepOutcome } from './sweep-gone.ts'
import { describeSweep } from './sweep-message.ts'

const things = job('things', { cursor: null })
const parts = job('parts', {
  endpoint: '/things/{thingId}/parts',
  cursor: null,
  slices: [{ parameter: 'thingId', from: things.target, path: ['id'], match: {} }],
})
const quiet: Omit<SweepOutcome, 'live'> = { missing: 0, marked: 0, awaiting: 0, moved: 0, refused: false }

describeOldestDatabase('a sweep', (database) => {
  let bench: Bench
  beforeEach(async () => {
    await prepareLanding(
      database(),
      [things, parts],
      [
        instance({ address: 'http://north' }),
        instance({ address: 'http://south', id: 2, name: 'south', credentials: {} }),
      ],
    )
    await database().query(`
      truncate bronze.dim_things_staging, bronze.dim_parts_staging, strata.seen_records, strata.missing_records,
        strata.job_watermarks, strata.job_cycles, strata.job_cycle_slices`)
    await database().query("update bronze.dw_etl_runs set run_status = 'success'")
    bench = await openBench(database())
  })

  test('marks what a walk over everything has not seen, and tells those who read increments', async () => {
    await bench.land(things, {}, [1, 2, 3])
    await bench.land(things, {}, [1, 2, 3], 2)
    const before = await bench.changes(things)
    await bench.walked(things, {}, [1, 3])
    expect(await bench.end(things)).toEqual({ ...quiet, live: 3, missing: 1, marked: 1 })
    expect(await bench.gone(things)).toEqual(['2'])
    const after = await bench.changes(things)
    expect(after.filter((xid, index) => xid !== before[index])).toHaveLength(1)
  })

  test('is made once a walk, and a walk by increments makes none', async () => {
    await bench.land(things, {}, [1, 2, 3])
    await bench.walked(things, {}, [1, 3])
    await bench.end(things)
    expect(await bench.end(things)).toBeNull()
    await bench.nextRun()
    await bench.walked(things, {}, [], { increment: true })
    expect(await bench.end(things)).toBeNull()
    expect(await bench.gone(things)).toEqual(['2'])
  })

  test('leaves all as it is after a walk that was not completed (R16)', async () => {
    await bench.land(things, {}, [1, 2, 3])
    await bench.walked(things, {}, [1, 2, 3])
    await bench.end(things)
    await bench.nextRun()
    await rememberSeen(database(), place(things, {}), [
      { parameters: {}, seen: await bench.ids(things, [1]) },
    ])
    await bench.state(things, {}, { status: 'failed', place: '{"skip": 1}' })
    expect(await bench.end(things)).toBeNull()
    expect(await bench.gone(things)).toEqual([])
  })

  test('of a walk that goes on counts what was seen before it was cut off', async () => {
    await bench.land(things, {}, [1, 2, 3])
    await rememberSeen(database(), place(things, {}), [
      { parameters: {}, seen: await bench.ids(things, [1]) },
    ])
    await bench.state(things, {}, { status: 'failed', place: '{"skip": 1}' })
    await forgetFinished(database(), place(things, {}))
    await bench.nextRun()
    await bench.walked(things, {}, [3])
    expect(await bench.end(things)).toMatchObject({ marked: 1 })
    expect(await bench.gone(things)).toEqual(['2'])
    await forgetFinished(database(), place(things, {}))
    expect(await bench.pages()).toBe(0)
  })

  test('of more than the job allows marks nothing, says how many, and is made again', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index)
    await bench.land(things, {}, ids)
    await bench.walked(things, {}, ids.slice(420))
    const outcome = await bench.end(things)
    expect(outcome).toEqual({ ...quiet, live: 1000, missing: 420, refused: true })
    expect(describeSweep(things, outcome)).toMatch(
      /^420 of 1,000 records are gone, more than max_deleted_share \(5 %\) allows: nothing was marked → look at the source/,
    )
    expect(await bench.gone(things)).toEqual([])
    expect(await bench.sweptSlices(things)).toEqual([])

    await bench.nextRun()
    await bench.walked(things, {}, [], { increment: true })
    expect(await bench.end(things)).toBeNull()

    await bench.nextRun()
    await bench.walked(things, {}, ids.slice(420))
    expect(await bench.end({ ...things, maxDeletedShare: 0.42 })).toMatchObject({
      marked: 420,
      refused: false,
    })
    expect(await bench.sweptSlices(things)).toEqual(['{}'])
  })

  test('of few records may mark ten, and never all there are unless that is allowed', async () => {
    await bench.land(things, {}, [1, 2, 3, 4])
    await bench.walked(things, {}, [])
    expect(await bench.end(things)).toMatchObject({ missing: 4, refused: true })
    await bench.walked(things, {}, [4])
    expect(await bench.end(things)).toMatchObject({ marked: 3 })
    await bench.nextRun()
    await bench.walked(things, {}, [])
    await database().query('delete from strata.seen_records')
    expect(await bench.end(things)).toMatchObject({ live: 1, missing: 1, refused: true })
    expect(await bench.end({ ...things, maxDeletedShare: 1 })).toMatchObject({ marked: 1 })
  })

  test('without a proven order marks what two walks have missed', async () => {
    await bench.land(things, {}, [1, 2, 3, 4])
    await bench.walked(things, {}, [1, 2])
    const first = await bench.end(things, { proven: false })
    expect(first).toEqual({ ...quiet, live: 4, missing: 2, awaiting: 2 })
    expect(describeSweep(things, first)).toBe('2 missing: gone if the next full walk misses them too')
    expect(await bench.sweptSlices(things)).toEqual([])
    await bench.nextRun()
    await bench.walked(things, {}, [1, 3])
    const second = await bench.end(things, { proven: false })
    expect(second).toEqual({ ...quiet, live: 4, missing: 2, marked: 1, awaiting: 1 })
    expect(await bench.gone(things)).toEqual(['4'])
    await bench.nextRun()
    await bench.walked(things, {}, [1, 2, 3])
    expect(await bench.end(things, { proven: false })).toEqual({ ...quiet, live: 3 })
    expect(await bench.sweptSlices(things)).toEqual(['{}'])
  })

  test('looks at the slices that were walked, and at no others', async () => {
    await bench.cycle(parts, ['10', '20', '30'])
    for (const thingId of ['10', '20', '30'])
      await bench.land(parts, { thingId }, [`${thingId}a`, `${thingId}b`])
    await bench.walked(parts, { thingId: '10' }, ['10a'])
    await bench.walked(parts, { thingId: '20' }, ['20a'], { increment: true })
    await bench.state(parts, { thingId: '30' }, { status: 'failed', place: '{"skip": 1}' })
    expect(await bench.end(parts)).toEqual({ ...quiet, live: 6, missing: 1, marked: 1 })
    expect(await bench.gone(parts)).toEqual(['10b'])
  })

  test('leaves a record alone that has moved to another slice, and gives it to that', async () => {
    await bench.cycle(parts, ['10', '20'])
    await bench.land(parts, { thingId: '10' }, ['a', 'b', 'shared'])
    await bench.walked(parts, { thingId: '10' }, ['a', 'shared'])
    await bench.walked(parts, { thingId: '20' }, ['b', 'shared'])
    expect(await bench.end(parts)).toEqual({ ...quiet, live: 3, moved: 1 })
    expect(await bench.contexts(parts)).toEqual({ a: '10', b: '20', shared: '10' })
  })

  test('marks the records of slices that are gone, once, and lets them come back from the beginning', async () => {
    await bench.cycle(parts, ['10', '20', '30'])
    for (const thingId of ['10', '20', '30']) {
      await bench.land(parts, { thingId }, [`${thingId}a`, `${thingId}b`])
      await bench.walked(parts, { thingId }, [`${thingId}a`, `${thingId}b`])
    }
    await bench.end(parts)
    await bench.cycle(parts, ['10', '20'])
    await bench.nextRun()
    await bench.state(parts, { thingId: '20' }, { status: 'gone', failure: '404' })
    await bench.walked(parts, { thingId: '10' }, [], { increment: true })
    expect(await bench.end(parts)).toEqual({ ...quiet, live: 6, missing: 4, marked: 4 })
    expect(await bench.gone(parts)).toEqual(['20a', '20b', '30a', '30b'])
    const { rows } = await database().query(
      "select slice, status, watermark, failure from strata.job_watermarks where status = 'gone' order by slice",
    )
    expect(rows).toEqual([
      { slice: '{"thingId":"20"}', status: 'gone', watermark: null, failure: '404' },
      { slice: '{"thingId":"30"}', status: 'gone', watermark: null, failure: 'its parent is gone' },
    ])
    expect(await bench.end(parts)).toBeNull()
  })

  test('marks records without a slice when all slices have been read once', async () => {
    await bench.cycle(parts, ['10', '20'])
    await bench.land(parts, { thingId: '10' }, ['a', 'old'])
    await database().query("update bronze.dim_parts_staging set context = null where data->>'id' = 'old'")
    await bench.walked(parts, { thingId: '10' }, ['a'])
    expect(await bench.end(parts)).toEqual({ ...quiet, live: 2 })
    await bench.walked(parts, { thingId: '20' }, [])
    expect(await bench.end(parts)).toMatchObject({ marked: 1 })
    expect(await bench.gone(parts)).toEqual(['old'])
  })

  test('of a process that has lost its lock marks nothing', async () => {
    await bench.land(things, {}, [1, 2])
    await bench.walked(things, {}, [1])
    await database().query("update bronze.dw_etl_runs set run_status = 'failed'")
    await expect(bench.end(things)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' })
    expect(await bench.gone(things)).toEqual([])
  })

  test('asks for no time that grows with the square of the records', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => index)
    await bench.cycle(parts, ['10', '20'])
    await bench.land(parts, { thingId: '10' }, ids)
    await bench.walked(parts, { thingId: '10' }, ids.slice(0, 10_000))
    await bench.walked(parts, { thingId: '20' }, ids.slice(10_000, 19_990))
    expect(await bench.end(parts)).toEqual({ ...quiet, live: 20_000, missing: 10, marked: 10, moved: 9_990 })
  })

  test('looks for slices that are gone, and for their rows, among all at once, however many there are', async () => {
    const ids = Array.from({ length: 30_000 }, (_, index) => String(index + 1))
    await bench.cycle(parts, ids)
    await database().query(sql`
      insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, walked_at, swept_at, records_received)
      select ${landingSchema}, ${jobIdentity(parts)}, 1, '{"thingId":"' || id || '"}', 'complete', now(), now(), 1
      from unnest(${ids}::text[]) as id`)
    await database().query(sql`
      insert into bronze.dim_parts_staging (data, source_instance_id, context)
      select jsonb_build_object('id', id), 1, jsonb_build_object('thingId', id) from unnest(${ids}::text[]) as id`)
    // As a long pass does, meanwhile.
    await database().query('analyze strata.job_cycle_slices, strata.job_watermarks')
    // Where each is compared with each it takes longer.
    const patience = '15s'
    expect(await bench.end(parts, { patience })).toBeNull()
    await database().query(`delete from strata.job_cycle_slices where parameters = '{"thingId": "7"}'`)
    expect(await bench.end(parts, { patience })).toEqual({ ...quiet, live: 30_000, missing: 1, marked: 1 })
    expect(await bench.gone(parts)).toEqual(['7'])
  })
})

function place(of: EndpointJob, parameters: SliceParameters) {
  return { landingSchema, job: of, instanceId: 1, parameters }
}

interface State {
  readonly status: string
  readonly place?: string | null
  readonly failure?: string | null
  readonly walked?: boolean
}

interface Bench {
  land(
    of: EndpointJob,
    parameters: SliceParameters,
    keys: readonly unknown[],
    instanceId?: number,
  ): Promise<void>
  /** A walk that was completed, and saw these. */
  walked(
    of: EndpointJob,
    parameters: SliceParameters,
    keys: readonly unknown[],
    options?: { readonly increment?: boolean },
  ): Promise<void>
  state(of: EndpointJob, parameters: SliceParameters, state: State): Promise<void>
  cycle(of: EndpointJob, thingIds: readonly string[]): Promise<void>
  end(
    of: EndpointJob,
    options?: { readonly proven?: boolean; readonly patience?: string },
  ): Promise<SweepOutcome | null>
  nextRun(): Promise<void>
  ids(of: EndpointJob, keys: readonly unknown[]): Promise<readonly number[]>
  gone(of: EndpointJob): Promise<readonly unknown[]>
  changes(of: EndpointJob): Promise<readonly unknown[]>
  contexts(of: EndpointJob): Promise<{ readonly [key: string]: unknown }>
  sweptSlices(of: EndpointJob): Promise<readonly unknown[]>
  pages(): Promise<unknown>
}

/** What the walks of a pass leave in the database, without the walks. */
async function openBench(database: Database): Promise<Bench> {
  let runId = 0
  let sweeping = false
  const table = (of: EndpointJob) => raw(`${of.target.schema}.${of.target.name}`)
  const column = async (statement: ReturnType<typeof sql>) =>
    (await database.query<{ v: unknown }>(statement)).rows.map(({ v }) => v)
  const bench: Bench = {
    async land(of, parameters, keys, instanceId = 1) {
      const context = of.slices.length > 0 ? sliceIdentity(parameters) : null
      await database.query(sql`
        insert into ${table(of)} (data, source_instance_id, context)
        select jsonb_build_object('id', key), ${instanceId}::integer, ${context}::jsonb
        from unnest(${keys.map(String)}::text[]) as key`)
    },
    async walked(of, parameters, keys, { increment = false } = {}) {
      await rememberSeen(database, place(of, parameters), [{ parameters, seen: await bench.ids(of, keys) }])
      await bench.state(of, parameters, { status: 'complete', walked: !increment })
      sweeping ||= !increment
    },
    async state(of, parameters, { status, place: where = null, failure = null, walked = false }) {
      await database.query(sql`
        insert into strata.job_watermarks as w
          (landing_schema, job, instance_id, slice, status, place, failure, run_id, watermark, records_received, walked_at)
        values (${landingSchema}, ${jobIdentity(of)}, 1, ${sliceIdentity(parameters)}, ${status}, ${where}::jsonb,
          ${failure}, ${runId}, now(), 2, case when ${walked} then now() end)
        on conflict (landing_schema, job, instance_id, slice) do update
        set status = excluded.status, place = excluded.place, failure = excluded.failure, run_id = excluded.run_id,
          walked_at = coalesce(excluded.walked_at, w.walked_at)`)
    },
    async cycle(of, thingIds) {
      await database.query('delete from strata.job_cycles')
      await database.query('delete from strata.job_cycle_slices')
      await database.query(sql`
        insert into strata.job_cycles (landing_schema, job, instance_id, kind, slices)
        values (${landingSchema}, ${jobIdentity(of)}, 1, 'increment', ${thingIds.length})`)
      await database.query(sql`
        insert into strata.job_cycle_slices
        select ${landingSchema}, ${jobIdentity(of)}, 1, n, jsonb_build_object('thingId', id)
        from unnest(${thingIds}::text[]) with ordinality as t (id, n)`)
    },
    async end(of, { proven = true, patience = '0' } = {}) {
      return await database.transaction(async (transaction) => {
        await transaction.query(sql`select set_config('statement_timeout', ${patience}, true)`)
        // As if there were so many that no list of them fitted in memory.
        if (patience !== '0') await transaction.query("set local work_mem = '64kB'")
        return await markGone(transaction, {
          landingSchema,
          job: of,
          instanceId: 1,
          runId,
          sweeping,
          proven,
        })
      })
    },
    async nextRun() {
      const [id] = await column(sql`
        insert into bronze.dw_etl_runs (run_status, started_at) values ('running', now()) returning run_id as v`)
      runId = id as number
      sweeping = false
      for (const of of [things, parts]) await forgetFinished(database, place(of, {}))
    },
    ids: async (of, keys) =>
      (await column(sql`
        select id as v from ${table(of)}
        where source_instance_id = 1 and data->>'id' = any(${keys.map(String)}::text[])`)) as number[],
    gone: (of) =>
      column(
        sql`select data->>'id' as v from ${table(of)} where deleted_at is not null order by data->>'id'`,
      ),
    changes: (of) => column(sql`select changed_xid::text as v from ${table(of)} order by id`),
    contexts: async (of) =>
      Object.fromEntries(
        (
          await database.query<{ key: string; slice: unknown }>(
            sql`select data->>'id' as key, context->>'thingId' as slice from ${table(of)}`,
          )
        ).rows.map(({ key, slice }) => [key, slice]),
      ),
    sweptSlices: (of) =>
      column(sql`
        select slice as v from strata.job_watermarks where job = ${jobIdentity(of)} and swept_at is not null`),
    pages: async () => (await column(sql`select count(*)::int as v from strata.seen_records`))[0],
  }
  await bench.nextRun()
  return bench
}
