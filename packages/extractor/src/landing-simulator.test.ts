import { type Simulator, startSimulator } from '@strata/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import {
  connector,
  type Landing,
  patients,
  prepareLanding,
  sites,
  studies,
  subjects,
} from './testing/landing-fixture.ts'

describeDatabases('landing from the simulator', (database) => {
  let simulator: Simulator
  let landing: Landing
  beforeAll(async () => {
    simulator = await startSimulator({ scale: 0.3 })
    const instances = simulator.instances.map(({ id, name, apiKey }) => ({
      id,
      name,
      address: simulator.url(id),
      credentials: { api_key: apiKey },
      parameters: {},
      simulated: true,
    }))
    landing = await prepareLanding(database(), [sites, studies, patients, subjects], instances, connector())
  })
  afterAll(async () => {
    await simulator.close()
  })

  const counted = (entity: 'sites' | 'studies' | 'patients' | 'subjects') =>
    simulator.count(entity, 1) + simulator.count(entity, 2)
  const fresh = (rows: number) => ({
    fetched: rows,
    inserted: rows,
    changed: 0,
    unchanged: 0,
    quarantined: 0,
  })

  test('lands all records of all instances the first time', async () => {
    expect(await landing.land(sites)).toMatchObject({
      status: 'success',
      message: 'full load',
      counts: fresh(counted('sites')),
    })
    expect(await landing.land(studies)).toMatchObject({
      message: 'first load',
      counts: fresh(counted('studies')),
    })
    expect(await landing.land(patients)).toMatchObject({ action: 'land', counts: fresh(counted('patients')) })
    expect(await landing.land(subjects)).toMatchObject({
      message: expect.stringMatching(/first load, \d+ slices$/),
      counts: fresh(counted('subjects')),
    })
    const progress = landing.events.filter(({ kind }) => kind === 'step_progress')
    expect(progress.length).toBeGreaterThan(4)
  })

  test('keeps equal ids of two instances apart (trap a)', async () => {
    const { rows } = await database().query(`
      select count(*)::int as records, count(distinct data->>'id')::int as ids,
        bool_and(source_id = source_instance_id::text) as by_instance
      from bronze.dim_patients_staging`)
    expect(rows).toEqual([
      { records: counted('patients'), ids: simulator.count('patients', 1), by_instance: true },
    ])
  })

  test('takes parameters from the records, not from our serial ids (trap d)', async () => {
    const { rows } = await database().query(`
      select count(*)::int as astray from bronze.dim_subjects_staging
      where context->>'studyId' is distinct from data->'study'->>'id'`)
    expect(rows).toEqual([{ astray: 0 }])
  })

  test('writes nothing when nothing has changed (R8, trap c)', async () => {
    const versions = () =>
      database().query('select xmin::text, ctid::text, id from bronze.dim_patients_staging order by id')
    const before = await versions()
    const outcome = await landing.land(patients, { fullRefresh: true })
    const all = counted('patients')
    expect(outcome).toMatchObject({
      message: 'full refresh',
      counts: { fetched: all, inserted: 0, changed: 0, unchanged: all },
    })
    expect((await versions()).rows).toEqual(before.rows)
  })

  test('then counts as changed exactly what has changed', async () => {
    const before = simulator.clock.now()
    simulator.clock.advance(3 * 24 * 60 * 60 * 1000)
    for (const job of [sites, studies, patients, subjects] as const) {
      const entity = job.table as 'patients'
      const expected = [1, 2]
        .map((id) => simulator.changesBetween(entity, id, before, simulator.clock.now()))
        .reduce((a, b) => ({ inserted: a.inserted + b.inserted, changed: a.changed + b.changed }))
      const { counts, message } = await landing.land(job)
      expect({ table: job.table, inserted: counts.inserted, changed: counts.changed }).toEqual({
        table: job.table,
        ...expected,
      })
      expect(counts.fetched).toBeLessThanOrEqual(
        job === sites ? counted('sites') : expected.inserted + expected.changed + 60,
      )
      expect(message).toMatch(job === sites ? /^full load/ : /^incremental/)
    }
  })

  test('takes its watermark from the records, not from the clock (trap i, R3)', async () => {
    const { rows } = await database().query(`
      select w.instance_id, w.watermark = max(s.cursor_at) as at_newest, w.status,
        w.watermark_text = max(s.data->>'modifiedDate') as verbatim, w.place
      from strata.job_watermarks w
      join bronze.dim_patients_staging s on s.source_instance_id = w.instance_id
      where w.job = 'clinic.patients' group by w.instance_id, w.watermark, w.watermark_text, w.status, w.place
      order by 1`)
    expect(rows).toEqual(
      [1, 2].map((instance_id) => ({
        instance_id,
        at_newest: true,
        verbatim: true,
        status: 'complete',
        place: null,
      })),
    )
  })

  test('lands one instance alone when asked to', async () => {
    const { counts } = await landing.land(sites, { only: { instanceIds: [2] } })
    expect(counts.fetched).toBe(simulator.count('sites', 2))
    await expect(landing.land(sites, { only: { instanceIds: [7] } })).rejects.toMatchObject({
      code: 'NO_INSTANCE',
    })
  })

  test('answers the queries that people ask of the job tables, from any time zone', async () => {
    await database().transaction(async (transaction) => {
      await transaction.query('set local search_path = bronze, public')
      await transaction.query("set local time zone 'Pacific/Auckland'")
      const recent = await transaction.query(`
        SELECT j.name, r.run_status, r.records_loaded,
               EXTRACT(EPOCH FROM (completed_at - started_at)) AS duration_seconds
        FROM dw_etl_runs r JOIN dw_etl_jobs j ON r.job_id = j.id
        WHERE r.started_at > NOW() - INTERVAL '24 hours' ORDER BY r.started_at DESC`)
      expect(recent.rowCount).toBe(19)
      expect(
        recent.rows.every((row) => Number(row.duration_seconds) >= 0 && Number(row.duration_seconds) < 60),
      ).toBe(true)
      const failed = await transaction.query(`
        SELECT j.name, r.error_message, r.started_at FROM dw_etl_runs r JOIN dw_etl_jobs j ON r.job_id = j.id
        WHERE r.run_status = 'failed' ORDER BY r.started_at DESC`)
      expect(failed.rowCount).toBe(0)
      const rate = await transaction.query(`
        SELECT j.name, COUNT(*) AS total_runs,
          ROUND(100.0 * SUM(CASE WHEN r.run_status='success' THEN 1 ELSE 0 END) / COUNT(*), 2) AS success_rate
        FROM dw_etl_runs r JOIN dw_etl_jobs j ON r.job_id = j.id
        WHERE r.started_at > NOW() - INTERVAL '7 days' GROUP BY j.name ORDER BY j.name`)
      expect(rate.rows).toEqual([
        { name: 'Patients', total_runs: '6', success_rate: '100.00' },
        { name: 'Sites', total_runs: '5', success_rate: '100.00' },
        { name: 'Studies', total_runs: '4', success_rate: '100.00' },
        { name: 'Subjects', total_runs: '4', success_rate: '100.00' },
      ])
    })
    const { rows } = await database().query(`
      select bool_and(r.records_loaded is not null and completed_at is not null) as closed from bronze.dw_etl_runs r`)
    expect(rows).toEqual([{ closed: true }])
  })
})
