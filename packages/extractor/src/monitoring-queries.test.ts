import { quoteLiteral } from '@strata/core'
import { beforeAll, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, prepareLanding } from './testing/landing-fixture.ts'

/** As they have been in use for years. They must run as they stand. */
const queries = {
  lastDay: `
    SELECT j.name, r.run_status, r.records_loaded, r.started_at, r.completed_at,
           EXTRACT(EPOCH FROM (completed_at - started_at)) AS duration_seconds
    FROM dw_etl_runs r
    JOIN dw_etl_jobs j ON r.job_id = j.id
    WHERE r.started_at > NOW() - INTERVAL '24 hours'
    ORDER BY r.started_at DESC`,
  failed: `
    SELECT j.name, r.started_at, r.error_message
    FROM dw_etl_runs r
    JOIN dw_etl_jobs j ON r.job_id = j.id
    WHERE r.run_status = 'failed'
    ORDER BY r.started_at DESC`,
  rates: `
    SELECT j.name, COUNT(*) AS total_runs,
           SUM(CASE WHEN r.run_status='success' THEN 1 ELSE 0 END) AS successful_runs,
           ROUND(100.0 * SUM(CASE WHEN r.run_status='success' THEN 1 ELSE 0 END) / COUNT(*), 2) AS success_rate
    FROM dw_etl_runs r
    JOIN dw_etl_jobs j ON r.job_id = j.id
    WHERE r.started_at > NOW() - INTERVAL '7 days'
    GROUP BY j.name
    ORDER BY success_rate`,
}

describeDatabases('the queries by which people watch the jobs', (database) => {
  /** What somebody sees in a session of his own. */
  const seen = <Row extends object>(zone: string, query: string): Promise<readonly Row[]> =>
    database().transaction(async (session) => {
      await session.query(`set local timezone = ${quoteLiteral(zone)}`)
      await session.query('set local search_path = bronze, public')
      return (await session.query<Row>(query)).rows
    })

  beforeAll(async () => {
    const jobs = [job('watched'), job('quiet')]
    await prepareLanding(database(), jobs, [instance({ address: 'http://127.0.0.1:1' })])
    // Written by a session in yet another zone; the ages are exact.
    await database().transaction(async (session) => {
      await session.query("set local timezone = 'Pacific/Kiritimati'")
      await session.query(`
        insert into bronze.dw_etl_runs (job_id, run_status, records_loaded, started_at, completed_at, error_message)
        select j.id, v.status, v.records, now() - v.age, now() - v.age + v.took, v.message
        from bronze.dw_etl_jobs j
        join (values
          ('Watched', 'success', 10, interval '23 hours 59 minutes', interval '90.5 seconds', null),
          ('Watched', 'failed', 3, interval '24 hours 1 minute', interval '2 seconds', 'the source fails (500)'),
          ('Watched', 'success', 5, interval '6 days 23 hours', interval '1 hour', null),
          ('Watched', 'failed', 0, interval '7 days 1 hour', interval '1 second', 'too long ago'),
          ('Quiet', 'success', 1, interval '1 minute', interval '30 seconds', null)
        ) as v (name, status, records, age, took, message) on v.name = j.name`)
    })
  })

  test.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Asia/Kathmandu'])(
    'give true answers in %s',
    async (zone) => {
      const lastDay = await seen<{ name: string; duration_seconds: string; records_loaded: number }>(
        zone,
        queries.lastDay,
      )
      expect(
        lastDay.map(({ name, duration_seconds, records_loaded }) => [
          name,
          Number(duration_seconds),
          records_loaded,
        ]),
      ).toEqual([
        ['Quiet', 30, 1],
        ['Watched', 90.5, 10],
      ])
      expect(await seen(zone, queries.failed)).toMatchObject([
        { name: 'Watched', error_message: 'the source fails (500)' },
        { name: 'Watched', error_message: 'too long ago' },
      ])
      const rates = await seen<{ name: string; total_runs: string; success_rate: string }>(
        zone,
        queries.rates,
      )
      expect(
        rates.map(({ name, total_runs, success_rate }) => [name, Number(total_runs), success_rate]),
      ).toEqual([
        ['Watched', 3, '66.67'],
        ['Quiet', 1, '100.00'],
      ])
    },
  )
})
