import { beforeAll, expect, test } from 'vitest'
import { emptyTally } from '../run/tally.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { countLandedRecords, readFailingSlices } from './job-details.ts'
import { readJobRuns, readJobStatistics } from './read-job-runs.ts'
import { readJobStatus } from './read-job-status.ts'
import { storeRunCounts } from './store-run-counts.ts'

const visits = job('visits')
const rooms = job('rooms', { active: false, reason: 'of another edition' })
const forms = job('forms')
const jobs = [visits, rooms, forms]
const pairs = jobs.flatMap((one) => [
  { job: one, instanceId: 1 },
  { job: one, instanceId: 2 },
])

describeDatabases('how jobs stand', (database) => {
  test('is said also where nothing has ever landed, and leaves no trace there', async () => {
    const [first] = await readJobStatus(database(), 'nowhere', pairs)
    expect(first).toMatchObject({ job: 'clinic.visits', completeAt: null, lastRun: null, deadLetters: [] })
    expect(await readJobRuns(database(), 'nowhere', 5)).toEqual([])
    expect(await readJobStatistics(database(), 'nowhere')).toEqual([])
    const target = { schema: 'nowhere', name: 'dim_visits_staging' }
    expect(await countLandedRecords(database(), { job: { ...visits, target }, instanceId: 1 })).toBeNull()
  })

  beforeAll(async () => {
    await prepareLanding(database(), jobs, [
      instance({ address: 'http://127.0.0.1:1' }),
      instance({ address: 'http://127.0.0.1:1', id: 2, name: 'south' }),
    ])
    const query = (text: string) => database().query(text)
    await query(`
      insert into bronze.dw_etl_runs (run_id, job_id, run_status, records_loaded, started_at, completed_at, error_message, run_context)
      select v.run_id, j.id, v.status, v.records, now() - v.age, now() - v.age + v.took, v.message, v.context::jsonb
      from bronze.dw_etl_jobs j
      join (values
        (101, 'Visits', 1, 'success', 990, interval '3 hours', interval '10 seconds', null, null),
        (102, 'Visits', 1, 'failed', 5, interval '2 hours', interval '2 seconds', '1 of 3 slices failed', null),
        (103, 'Visits', 1, 'success', 7, interval '1 hour', interval '1 second', null, '{"replay": 7}'),
        (104, 'Visits', 2, 'success', 20, interval '8 days', interval '1 second', null, null),
        (105, 'Forms', 1, 'success', 0, interval '1 minute', interval '1 second', 'no such endpoint', null)
      ) as v (run_id, name, instance_id, status, records, age, took, message, context)
        on v.name = j.name and v.instance_id = j.source_instance_id`)
    await query(
      "update bronze.dw_etl_jobs set last_run_status = 'unsupported' where name = 'Forms' and source_instance_id = 1",
    )
    await query(
      "update bronze.dw_etl_jobs set is_active = false where name = 'Forms' and source_instance_id = 2",
    )
    const counted = { landingSchema, job: visits, instanceId: 1 } as const
    await storeRunCounts(database(), {
      ...counted,
      runId: 101,
      kind: 'full',
      counts: {
        ...emptyTally,
        fetched: 1000,
        inserted: 990,
        quarantined: 10,
        deleted: 4,
        missed: 2,
        rejectedCursors: 3,
      },
    })
    await storeRunCounts(database(), {
      ...counted,
      runId: 103,
      kind: 'replay',
      counts: { ...emptyTally, fetched: 7 },
    })
    await query(`
      insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, failure, watermark, swept_at, last_attempt_at)
      values
        ('bronze', 'clinic.visits', 1, '{"studyId":"1"}', 'complete', null, '2024-05-01T08:00:00Z', now() - interval '1 minute', now()),
        ('bronze', 'clinic.visits', 1, '{"studyId":"2"}', 'failed', 'SOURCE_FAILING: it fails', '2024-04-01T08:00:00Z', null, now()),
        ('bronze', 'clinic.visits', 1, '{"studyId":"3"}', 'gone', '404', null, null, now()),
        ('elsewhere', 'clinic.visits', 1, '{"studyId":"4"}', 'failed', 'of another schema', null, null, now())`)
    await query('update strata.job_runs set ended_at = now() where run_id = 101')
    await query(`
      insert into strata.dead_letters (landing_schema, job, instance_id, slice, reason, record, record_hash, resolved_at)
      select 'bronze', 'clinic.visits', 1, '{}', reason, '{}', decode(md5(n::text), 'hex'), resolved
      from (values (1, 'no_key', null), (2, 'no_key', null), (3, 'unreadable', null), (4, 'no_key', now())) v (n, reason, resolved)`)
    await query(`
      insert into strata.job_cycles (landing_schema, job, instance_id, kind, slices, position) values ('bronze', 'clinic.visits', 1, 'increment', 40000, 12300)`)
    await query(`
      insert into strata.endpoint_facts (landing_schema, job, instance_id, facts) values ('bronze', 'clinic.visits', 1, '{"orderBy": false}')`)
    await query(`
      insert into bronze.dim_visits_staging (data, source_instance_id, cursor_at, deleted_at)
      values ('{"id": 1, "modifiedDate": "2024-01-01T00:00:00Z"}', 1, '2024-01-01Z', null),
        ('{"id": 2, "modifiedDate": "0001-01-01T00:00:00Z"}', 1, null, null),
        ('{"id": 3}', 1, null, null), ('{"id": 4}', 1, null, now()), ('{"id": 1}', 2, null, null)`)
  })

  test('is read per job and instance: lag, last run, watermark, capture, letters, sweep, slices, facts', async () => {
    const [north] = await readJobStatus(database(), landingSchema, pairs)
    expect(north).toMatchObject({
      job: 'clinic.visits',
      instanceId: 1,
      state: 'on',
      lastRun: { runId: 102, status: 'failed', loaded: 5, error: '1 of 3 slices failed' },
      watermark: { least: '2024-04-01T08:00:00.000Z', greatest: '2024-05-01T08:00:00.000Z' },
      captured: { landed: 990, counted: 1000, rate: 0.99 },
      deadLetters: [
        { reason: 'no_key', letters: 2 },
        { reason: 'unreadable', letters: 1 },
      ],
      rejectedCursors: 3,
      sweep: { missed: 2, deleted: 4 },
      slices: { complete: 1, walking: 0, failed: 1, gone: 1, unsupported: 0 },
      pass: { position: 12300, slices: 40000 },
      facts: { orderBy: false },
    })
    // A replay is no landing of everything.
    expect(Math.round(north!.ageSeconds! / 60)).toBe(180)
  })

  test('says what is off, what the source does not have, and what never landed', async () => {
    const statuses = await readJobStatus(database(), landingSchema, pairs)
    expect(statuses.map(({ state, reason, lastRun }) => [state, reason, lastRun?.status])).toEqual([
      ['on', null, 'failed'],
      ['on', null, 'success'],
      ['declared off', 'of another edition', undefined],
      ['declared off', 'of another edition', undefined],
      ['on', null, 'unsupported'],
      ['switched off', null, undefined],
    ])
  })

  test('is told of one job with its failing slices and what bronze holds, in no other schema', async () => {
    expect(await readFailingSlices(database(), landingSchema, pairs[0]!, 10)).toMatchObject([
      { slice: { studyId: '2' }, status: 'failed', failure: 'SOURCE_FAILING: it fails' },
      { slice: { studyId: '3' }, status: 'gone' },
    ])
    expect(await readFailingSlices(database(), landingSchema, pairs[0]!, 1)).toHaveLength(1)
    expect(await countLandedRecords(database(), pairs[0]!)).toEqual({
      live: 3,
      deleted: 1,
      withoutCursor: { missing: 1, rejected: 1 },
    })
  })

  test('has a history, the newest run first, with what was counted', async () => {
    const runs = await readJobRuns(database(), landingSchema, 4)
    expect(runs.map(({ runId }) => runId)).toEqual([105, 103, 102, 101])
    expect(runs[3]).toMatchObject({
      name: 'Visits',
      source: 'clinic',
      instance: 'north',
      kind: 'full',
      first: true,
      milliseconds: 10_000,
      counts: { fetched: 1000, deleted: 4 },
    })
    expect(runs[1]).toMatchObject({ context: { replay: 7 }, kind: 'replay', first: false })
  })

  test('has success rates over seven days, and no others', async () => {
    const statistics = await readJobStatistics(database(), landingSchema)
    expect(statistics).toMatchObject([
      { name: 'Forms', instance: 'north', runs: 1, failed: 0, successRate: 1 },
      {
        name: 'Visits',
        instance: 'north',
        runs: 3,
        failed: 1,
        successRate: 2 / 3,
        lastError: '1 of 3 slices failed',
        medianMilliseconds: 2000,
        slowestMilliseconds: 10_000,
        loaded: 1002,
      },
    ])
  })
})
