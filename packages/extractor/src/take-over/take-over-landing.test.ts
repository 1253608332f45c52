import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extractorMigrations, takeOver } from '../index.ts'
import { instance, job, patients, prepareLanding, studies, subjects } from '../testing/landing-fixture.ts'
import { makeOldInstallation, ownZone } from '../testing/old-installation.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'

describeServers('an installation of many rows that was taken over', (server) => {
  // 100,000 rows with their duplicates; elsewhere the same with fewer.
  const count = server.name === 'server' ? 80_000 : 4_000
  const [duplicates, keyless] = [count / 8, count / 40]
  const there = count + count / 10
  let made: TestDatabase
  let api: RecordServer
  const bulk = { ...patients, pageSize: 5_000 }
  const rooms = job('rooms', { cursor: null })

  beforeAll(async () => {
    made = await createTestDatabase(server)
    await makeOldInstallation(made.database, {
      schema: 'bronze',
      patients: count,
      duplicateEach: 8,
      keylessEach: 40,
    })
    await migrate(made.database, 'extractor', extractorMigrations)
    await takeOver({
      database: made.database,
      landingSchema: 'bronze',
      source: 'clinic',
      jobs: [studies, bulk, subjects, rooms],
      instances: [
        { id: 1, name: 'north' },
        { id: 2, name: 'south' },
      ],
      told: 1,
      dryRun: false,
      signal: new AbortController().signal,
      onTable() {},
      onStep() {},
      onWait() {},
    })
    const records = Array.from({ length: count + 5 }, (_, index) => ({
      id: index + 1,
      name: `patient ${index + 1}`,
      modifiedDate: index % (count / 4) === 7 ? '2024-06-01T00:00:00' : '2024-05-01T00:00:00',
    }))
    api = await startRecordServer(({ path, query }) =>
      path.includes('patients') ? pageOf(records, query) : { status: 500, body: '' },
    )
  }, 120_000)
  afterAll(async () => {
    await api.close()
    await made.drop()
  })

  const inOwnZone = async <Row>(text: string) =>
    await made.database.transaction(async (transaction) => {
      await transaction.query(`set local timezone = '${ownZone}'`)
      await transaction.query('set local search_path = bronze')
      return (await transaction.query<Row>(text)).rows
    })

  test('has lost nothing: each row is in its table, kept aside, or among the dead letters', async () => {
    expect(
      await inOwnZone(`
        select (select count(*)::int from dim_patients_staging) as there,
          (select count(distinct (source_instance_id, data->>'id'))::int from dim_patients_staging) as records,
          (select count(*)::int from dim_patients_staging where source_id is distinct from source_instance_id::text) as wrong,
          (select count(*)::int from strata.taken_over_rows where reason = 'duplicate' and table_name = 'dim_patients_staging') as aside,
          (select count(*)::int from strata.dead_letters where reason = 'no_key') as dead`),
    ).toEqual([{ there, records: there, wrong: 0, aside: duplicates, dead: keyless }])
    expect(
      await inOwnZone(`
        select count(*)::int as kept from dim_patients_staging
        where created_at = loaded_at and updated_at = loaded_at and loaded_at between now() - interval '49 hours' and now() - interval '47 hours'`),
    ).toEqual([{ kept: there }])
  })

  test('is landed in: what is unchanged is not written again, the rest once', async () => {
    const north = instance({ address: api.url, simulated: false })
    const landing = await prepareLanding(made.database, [studies, bulk, subjects, rooms], [north])
    const outcome = await landing.land(bulk)
    expect(outcome).toMatchObject({
      counts: { fetched: count + 5, inserted: 5, changed: 4, quarantined: 0 },
    })
    expect(
      await inOwnZone(`
        select count(*)::int as there, count(distinct (source_instance_id, data->>'id'))::int as records,
          (count(*) filter (where loaded_at > now() - interval '10 minutes' and loaded_at <= now()))::int as now
        from dim_patients_staging`),
    ).toEqual([{ there: there + 5, records: there + 5, now: 9 }])
    await expect(landing.land(rooms)).rejects.toMatchObject({ code: expect.stringContaining('SOURCE') })
  })

  test('answers the three questions of the people who watch it, truly', async () => {
    const recent = await inOwnZone<{ name: string; run_status: string; seconds: number; ago: number }>(`
      select j.name, r.run_status, extract(epoch from (completed_at - started_at))::float8 as seconds,
        extract(epoch from (now() - started_at))::float8 as ago
      from dw_etl_runs r join dw_etl_jobs j on r.job_id = j.id
      where r.started_at > now() - interval '24 hours' and r.run_id > 7 order by r.started_at`)
    expect(recent.map(({ name, run_status }) => [name, run_status])).toEqual([
      ['Patients', 'success'],
      ['Rooms', 'failed'],
    ])
    for (const { seconds, ago } of recent) {
      expect(seconds).toBeGreaterThanOrEqual(0)
      expect(ago).toBeGreaterThanOrEqual(seconds)
      expect(ago).toBeLessThan(600)
    }
    const failed = await inOwnZone(`
      select j.name, r.error_message is not null as told from dw_etl_runs r join dw_etl_jobs j on r.job_id = j.id
      where r.run_status = 'failed' order by 1`)
    expect(failed).toEqual([
      { name: 'Patients', told: true },
      { name: 'Rooms', told: true },
      { name: 'Subjects', told: true },
    ])
    const rates = await inOwnZone(`
      select j.name, round(100.0 * sum(case when r.run_status='success' then 1 else 0 end) / count(*), 2)::text as rate
      from dw_etl_runs r join dw_etl_jobs j on r.job_id = j.id
      where r.started_at > now() - interval '7 days' group by j.name order by 1`)
    expect(rates).toEqual([
      { name: 'Patients', rate: '100.00' },
      { name: 'Rooms', rate: '0.00' },
      { name: 'Studies', rate: '100.00' },
      { name: 'Subjects', rate: '50.00' },
      { name: 'Vitals', rate: '0.00' },
    ])
    const { rows } = await made.database.query(`
      select extract(epoch from now() - strata.stored_instant('bronze', max(started_at)))::float8 between 0 and 600 as fresh from bronze.dw_etl_runs`)
    expect(rows).toEqual([{ fresh: true }])
  })
})
