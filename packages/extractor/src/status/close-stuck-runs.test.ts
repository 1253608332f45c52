import { expect, test } from 'vitest'
import { jobLockName, withJobLocks } from '../run/job-lock.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { closeStuckRuns } from './close-stuck-runs.ts'

describeDatabases('runs left running', (database) => {
  const stuck = job('stuck')
  const alive = job('alive')
  const known = [stuck, alive].map((one) => ({ job: one, instanceId: 1 }))

  async function prepared(): Promise<void> {
    await prepareLanding(
      database(),
      [stuck, alive, job('dropped')],
      [instance({ address: 'http://127.0.0.1:1' })],
    )
    await database().query('truncate bronze.dw_etl_runs, strata.job_watermarks')
    await database().query(`
      insert into bronze.dw_etl_runs (run_id, job_id, run_status, started_at)
      select v.run_id, j.id, 'running', now() - v.age from bronze.dw_etl_jobs j
      join (values (1, 'Stuck', interval '5 hours'), (2, 'Alive', interval '5 hours'), (3, 'Dropped', interval '23 hours'),
        (4, 'Dropped', interval '25 hours')) v (run_id, name, age) on v.name = j.name`)
    await database().query(`
      insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, run_id, last_attempt_at)
      values ('bronze', 'clinic.stuck', 1, '{}', 'walking', 1, now() - interval '4 hours')`)
  }

  test('are closed at their last sign of life, where nobody holds the lock of their job', async () => {
    await prepared()
    const held = {
      name: jobLockName(landingSchema, alive, 1),
      signal: AbortSignal.timeout(60_000),
      onWait() {},
    }
    await withJobLocks(database(), 'strata test', [held], async () => {
      expect(await closeStuckRuns(database(), landingSchema, known)).toEqual([
        { runId: 1, name: 'Stuck', instanceId: 1 },
        { runId: 4, name: 'Dropped', instanceId: 1 },
      ])
      expect(await closeStuckRuns(database(), landingSchema, known)).toEqual([])
    })
    const { rows } = await database().query(`
      select run_id, run_status, error_message,
        round(extract(epoch from completed_at - started_at) / 3600)::int as hours from bronze.dw_etl_runs order by run_id`)
    const message = 'closed: its process ended without finishing'
    expect(rows).toEqual([
      { run_id: 1, run_status: 'failed', error_message: message, hours: 1 },
      { run_id: 2, run_status: 'running', error_message: null, hours: null },
      { run_id: 3, run_status: 'running', error_message: null, hours: null },
      { run_id: 4, run_status: 'failed', error_message: message, hours: 0 },
    ])
    const told = await database().query("select last_run_status from bronze.dw_etl_jobs where name = 'Stuck'")
    expect(told.rows).toEqual([{ last_run_status: 'failed' }])
    expect(await closeStuckRuns(database(), landingSchema, known)).toMatchObject([{ runId: 2 }])
  })

  test('stay as they are for somebody who may only read, and where nothing has landed', async () => {
    await prepared()
    await database().session(async (session) => {
      await session.query('set default_transaction_read_only = on')
      const reading = { ...database(), query: session.query.bind(session) }
      expect(await closeStuckRuns(reading, landingSchema, known)).toEqual([])
      await session.query('set default_transaction_read_only = off')
    })
    expect(await closeStuckRuns(database(), 'nowhere', known)).toEqual([])
  })
})
