import { beforeAll, expect, test } from 'vitest'
import { ensureLanding } from '../index.ts'
import { readLastWalk } from '../landing/last-walk.ts'
import { jobLockName, withJobLocks } from '../run/job-lock.ts'
import { databaseInstance, declaredDatabase, declaredTable } from '../testing/declared-table.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { landingSchema } from '../testing/landing-fixture.ts'
import { closeStuckRuns } from './close-stuck-runs.ts'
import { countLandedRecords } from './job-details.ts'
import { readJobStatus } from './read-job-status.ts'
import { readTableStatus } from './read-table-status.ts'

const adjustment = declaredTable('adjustment')
const code = declaredTable('code', { watermark: null })
const pairs = [
  { job: adjustment, instanceId: 201 },
  { job: code, instanceId: 201 },
]

describeDatabases('how tables stand', (database) => {
  test('is said also where nothing has ever landed', async () => {
    expect(await readTableStatus(database(), 'nowhere', pairs)).toMatchObject([
      {
        job: 'dental.adjustment',
        columns: [
          { name: 'SecDateTEdit', watermark: null, proof: null },
          { name: 'ProcDate', watermark: null, proof: null },
        ],
        week: { loads: 0, secondsSaved: null },
      },
      { job: 'dental.code', columns: [] },
    ])
  })

  beforeAll(async () => {
    await ensureLanding(database(), {
      landingSchema,
      connectors: [declaredDatabase()],
      jobs: [adjustment, code],
      instancesOf: () => [databaseInstance(201, 'north')],
    })
    await database().query(`
      insert into bronze.dw_etl_runs (run_id, job_id, run_status, records_loaded, started_at, completed_at, run_context)
      select v.run_id, j.id, v.status, 10, now() - v.age, now() - v.age + v.took, v.context::jsonb
      from bronze.dw_etl_jobs j, (values
        (1, 'success', interval '20 days', interval '600 seconds', null),
        (2, 'success', interval '9 days', interval '9 seconds', null),
        (3, 'success', interval '6 days', interval '30 seconds', null),
        (4, 'failed', interval '5 days', interval '40 seconds', null),
        (5, 'success', interval '4 days', interval '500 seconds', null),
        (6, 'success', interval '3 days', interval '20 seconds', null),
        (7, 'success', interval '2 days', interval '1 second', '{"since": "2024-01-01"}'),
        (8, 'failed', interval '1 day', interval '5 seconds', null)
      ) as v (run_id, status, age, took, context) where j.name = 'adjustment'`)
    await database().query(`
      insert into strata.job_runs (landing_schema, run_id, job, instance_id, kind, counts, ended_at)
      select 'bronze', run_id, 'dental.adjustment', 201, kind, counts::jsonb, now() - make_interval(days => age) from (values
        (1, 20, 'full', '{"fetched": 5000, "available": 5000, "captured": 5000}'),
        (2, 9, 'increment', '{"fetched": 10, "available": 10, "captured": 1, "missing": 9}'),
        (3, 6, 'increment', '{"fetched": 100, "available": 100, "captured": 100}'),
        (4, 5, 'increment', '{"fetched": 100, "available": 100, "captured": 97, "missing": 3}'),
        (5, 4, 'full', '{"fetched": 6000, "available": 6000, "captured": 6000}'),
        (6, 3, 'increment', '{"fetched": 0, "available": 200, "captured": 199}'),
        (7, 2, 'backfill', '{"fetched": 50, "available": 50, "captured": 20}'),
        (8, 1, 'increment', '{"fetched": 50, "available": 0, "captured": 0, "duplicates": 4}')
      ) as v (run_id, age, kind, counts)`)
    await database().query(`
      insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, column_watermarks, watermark, last_attempt_at, swept_at)
      values ('bronze', 'dental.adjustment', 201, '{}', 'complete', '{"SecDateTEdit": "2025-07-18 12:34:56.000000"}', '2025-07-18 17:34:56Z', now(), now() - interval '3 days 1 hour')`)
    await database().query(`
      insert into strata.change_columns (landing_schema, job, instance_id, column_name, changed, missed, first_at, last_at)
      values ('bronze', 'dental.adjustment', 201, 'ProcDate', 37, 12, '2026-01-01Z', '2026-01-02Z'),
        ('bronze', 'dental.adjustment', 202, 'SecDateTEdit', 1, 1, '2026-01-01Z', '2026-01-02Z'),
        ('bronze', 'dental.adjustment', 201, 'SecDateTEdit', 0, 0, '2026-01-01Z', '2026-01-02Z')`)
  })

  test('is measured over the loads of seven days, and what increments saved by the full load before each', async () => {
    const [found, other] = await readTableStatus(database(), landingSchema, pairs)
    expect(found!.week).toEqual({
      loads: 5,
      succeeded: 3,
      available: 6400,
      captured: 6396,
      violations: 1,
      missing: 3,
      duplicateLoads: 1,
      duplicates: 4,
      secondsSaved: 570 + 480,
      secondsOfFullLoads: 1100,
    })
    expect(other!.week).toMatchObject({ loads: 0, secondsOfFullLoads: null })
  })

  test('has a watermark a column, and what the samples of rows say of it', async () => {
    const [found] = await readTableStatus(database(), landingSchema, pairs)
    expect(found!.columns).toEqual([
      { name: 'SecDateTEdit', watermark: '2025-07-18 12:34:56.000000', proof: null },
      {
        name: 'ProcDate',
        watermark: null,
        proof: {
          changed: 37,
          missed: 12,
          since: '2026-01-01T00:00:00.000Z',
          until: '2026-01-02T00:00:00.000Z',
        },
      },
    ])
  })

  test('shares with endpoints what is true of all jobs: when it was complete, what was captured', async () => {
    const [found, other] = await readJobStatus(database(), landingSchema, pairs)
    expect(Math.round(found!.ageSeconds! / 86400)).toBe(3)
    expect(found).toMatchObject({
      lastRun: { runId: 8, status: 'failed' },
      captured: { landed: 199, counted: 200 },
      watermark: { least: '2025-07-18T17:34:56.000Z' },
    })
    expect(found!.sweep).not.toBeNull()
    expect(other).toMatchObject({ completeAt: null, captured: null })
    const walk = await readLastWalk(database(), landingSchema, adjustment, [201])
    expect(Math.round(walk.ageSeconds! / 86400)).toBe(3)
  })

  test('counts rows whose change columns say nothing, and those that say something impossible', async () => {
    await database().query(`
      insert into bronze.od_adjustment (data, source_instance_id, cursor_at, record_key) values
        ('{"SecDateTEdit": "2024-01-01 00:00:00", "ProcDate": null}', 201, '2024-01-01Z', 'a'),
        ('{"SecDateTEdit": null, "ProcDate": null}', 201, null, 'b'),
        ('{"SecDateTEdit": null, "ProcDate": "1902-07-31"}', 201, null, 'c'),
        ('{"SecDateTEdit": 17}', 201, null, 'd')`)
    expect((await countLandedRecords(database(), pairs[0]!))!.withoutCursor).toEqual({
      missing: 1,
      rejected: 1,
    })
    expect((await countLandedRecords(database(), pairs[1]!))!.withoutCursor).toBeNull()
  })

  test('loses the loads of processes that have gone', async () => {
    await database().query(`
      insert into bronze.dw_etl_runs (run_id, job_id, run_status, started_at)
      select 90 + row_number() over (order by name), id, 'running', now() from bronze.dw_etl_jobs`)
    const held = {
      name: jobLockName(landingSchema, code, 201),
      signal: AbortSignal.timeout(60_000),
      onWait() {},
    }
    await withJobLocks(database(), 'strata test', [held], async () => {
      expect(await closeStuckRuns(database(), landingSchema, pairs)).toEqual([
        { runId: 91, name: 'adjustment', instanceId: 201 },
      ])
    })
  })
})
