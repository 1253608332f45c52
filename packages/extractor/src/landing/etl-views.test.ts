import type { Database, Instance, Job } from '@strata/core'
import { expect, test } from 'vitest'
import { ensureLanding } from '../index.ts'
import { databaseInstance, declaredDatabase, declaredTable } from '../testing/declared-table.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { connector, instance, job } from '../testing/landing-fixture.ts'
import { describeEtlViews } from './etl-views.ts'

const north = databaseInstance(201, 'north')
const south = databaseInstance(202, 'south')
const adjustment = declaredTable('adjustment', { knownId: 900 })
const patient = declaredTable('patient', { relation: { schema: 'opendental', name: 'patient' } })
const jobs = [adjustment, patient]

function landTables(database: Database, instances: readonly Instance[], of: readonly Job[] = jobs) {
  return ensureLanding(database, {
    landingSchema: 'bronze',
    connectors: [declaredDatabase()],
    jobs: of,
    instancesOf: () => instances,
  })
}

/** A run of a job that began so many hours ago. */
async function ran(
  database: Database,
  run: {
    readonly name?: string
    readonly instance?: number
    readonly hoursAgo: number
    readonly seconds?: number
    readonly status?: string
    readonly error?: string
    readonly records?: number
    readonly context?: object
    readonly mode?: string
    readonly counts?: object
  },
): Promise<void> {
  const { name = 'adjustment', instance: id = 201, seconds = 1, status = 'success', records = 10 } = run
  const { rows } = await database.query<{ run_id: number }>({
    text: `insert into bronze.dw_etl_runs (job_id, run_status, records_loaded, started_at, completed_at, error_message, run_context)
      select id, $3, $4, now() - make_interval(hours => $5), now() - make_interval(hours => $5) + make_interval(secs => $6), $7, $8::jsonb
      from bronze.dw_etl_jobs where name = $1 and source_instance_id = $2 returning run_id`,
    values: [
      name,
      id,
      status,
      records,
      run.hoursAgo,
      seconds,
      run.error ?? null,
      run.context === undefined ? null : JSON.stringify(run.context),
    ],
  })
  if (run.mode === undefined) return
  await database.query({
    text: 'insert into strata.job_runs (landing_schema, run_id, job, instance_id, kind, counts) values ($1, $2, $3, $4, $5, $6)',
    values: ['bronze', rows[0]!.run_id, `dental.${name}`, id, run.mode, JSON.stringify(run.counts ?? {})],
  })
}

const statusQuery = `
  select table_name, (extract(epoch from now() - last_loaded) / 3600)::int as hours, rows_loaded, load_status,
    _loaded_at > last_loaded as ended_later, _created_at <= now() as created, _updated_at >= _created_at as updated, source, instances
  from raw.etl_load_status order by 1`

describeDatabases('the known tables of the old loader', (database) => {
  const status = async () => (await database().query(statusQuery)).rows

  test('are not there where no table of a database is landed', async () => {
    await ensureLanding(database(), {
      landingSchema: 'bronze',
      connectors: [connector()],
      jobs: [job('visits')],
      instancesOf: () => [instance({ address: 'http://127.0.0.1:1', simulated: false })],
    })
    const { rows } = await database().query("select from pg_namespace where nspname = 'raw'")
    expect(rows).toEqual([])
  })

  test('have a pending row for each table from the start, and none for endpoints', async () => {
    await landTables(database(), [north])
    const pending = {
      hours: null,
      rows_loaded: 0,
      load_status: 'pending',
      ended_later: null,
      source: 'dental',
    }
    expect(await status()).toEqual([
      { table_name: 'adjustment', ...pending, created: true, updated: true, instances: 1 },
      { table_name: 'patient', ...pending, created: true, updated: true, instances: 1 },
    ])
    expect(await describeEtlViews(database(), 'bronze')).toEqual([])
  })

  test('have the known columns first, and answer the queries that people have', async () => {
    const columns = async (view: string) => {
      const { rows } = await database().query<{ columns: string[] }>(
        `select array_agg(column_name::text order by ordinal_position) as columns from information_schema.columns where table_schema = 'raw' and table_name = '${view}'`,
      )
      return rows[0]!.columns
    }
    expect((await columns('etl_load_status')).slice(0, 7)).toEqual([
      'table_name',
      'last_loaded',
      'rows_loaded',
      'load_status',
      '_loaded_at',
      '_created_at',
      '_updated_at',
    ])
    expect((await columns('etl_table_metrics')).slice(0, 3)).toEqual(['table_name', 'error', 'timestamp'])
    await ran(database(), { hoursAgo: 50, seconds: 600, mode: 'full', records: 4000 })
    const { rows } = await database().query(`
      select _loaded_at > now() - interval '3 days' as known from raw.etl_load_status
      where table_name = 'adjustment' and load_status = 'success' order by _loaded_at desc limit 1`)
    expect(rows).toEqual([{ known: true }])
  })

  test('say up to when a table was loaded, not what a backfill or a load under way did', async () => {
    await ran(database(), { hoursAgo: 5, context: { since: '2024-01-01' }, mode: 'backfill', records: 7 })
    await ran(database(), { hoursAgo: 0, status: 'running' })
    expect((await status())[0]).toMatchObject({ hours: 50, rows_loaded: 4000, load_status: 'success' })
    const { rows } = await database().query('select count(*)::int as n from raw.etl_table_metrics')
    expect(rows).toEqual([{ n: 2 }])
  })

  test('keep what was loaded when the next load fails, and say why it did', async () => {
    const error = 'SOURCE_ROWS_MISSING: of 100 rows 3 are not there'
    await ran(database(), {
      hoursAgo: 3,
      status: 'failed',
      error,
      mode: 'increment',
      counts: {
        available: 100,
        captured: 97,
        missing: 3,
        duplicates: 1,
        zeroDates: 2,
        inserted: 90,
        changed: 7,
      },
    })
    expect((await status())[0]).toMatchObject({
      hours: 50,
      rows_loaded: 4000,
      load_status: 'failed',
      updated: true,
    })
    const { rows } = await database().query(`
      select table_name, error, success, mode, rows_available::int, rows_captured::int, rows_missing::int, duplicate_keys::int,
        zero_dates::int, rows_inserted::int, rows_changed::int, seconds_saved, instance
      from raw.etl_table_metrics where not success`)
    expect(rows).toEqual([
      {
        table_name: 'adjustment',
        error,
        success: false,
        mode: 'increment',
        rows_available: 100,
        rows_captured: 97,
        rows_missing: 3,
        duplicate_keys: 1,
        zero_dates: 2,
        rows_inserted: 90,
        rows_changed: 7,
        seconds_saved: null,
        instance: 'north',
      },
    ])
  })

  test('measure what an increment saves by the full load before it', async () => {
    await ran(database(), { hoursAgo: 2, seconds: 15, mode: 'increment', records: 40 })
    await ran(database(), { hoursAgo: 1, seconds: 700.3, mode: 'full', records: 5000 })
    await ran(database(), { hoursAgo: 0, seconds: 20.1, mode: 'increment', records: 50 })
    const { rows } = await database().query(`
      select mode, processing_time, seconds_saved, rows_processed from raw.etl_table_metrics
      where success and mode <> 'backfill' order by run_id`)
    expect(rows).toEqual([
      { mode: 'full', processing_time: 600, seconds_saved: null, rows_processed: 4000 },
      { mode: 'increment', processing_time: 15, seconds_saved: 585, rows_processed: 40 },
      { mode: 'full', processing_time: 700.3, seconds_saved: null, rows_processed: 5000 },
      { mode: 'increment', processing_time: 20.1, seconds_saved: 680.2, rows_processed: 50 },
    ])
    expect((await status())[0]).toMatchObject({ hours: 0, rows_loaded: 50, load_status: 'success' })
  })

  test('name the first column and its watermark', async () => {
    await database().query(`
      insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, run_id, cursor_field, watermark_text)
      select 'bronze', 'dental.adjustment', 201, '{}', 'complete', max(run_id), 'SecDateTEdit', '2025-07-18 12:34:56.000000' from bronze.dw_etl_runs`)
    const { rows } = await database().query(
      'select primary_column_name, last_primary_value from raw.etl_load_status order by table_name',
    )
    expect(rows).toEqual([
      { primary_column_name: 'SecDateTEdit', last_primary_value: '2025-07-18 12:34:56.000000' },
      { primary_column_name: null, last_primary_value: null },
    ])
  })

  test('still have one row a table with several instances, of the one that is furthest behind', async () => {
    await landTables(database(), [north, south])
    expect((await status())[0]).toMatchObject({
      hours: null,
      load_status: 'pending',
      rows_loaded: 50,
      instances: 2,
    })
    await ran(database(), { instance: 202, hoursAgo: 30, records: 9 })
    expect((await status())[0]).toMatchObject({ hours: 30, load_status: 'success', rows_loaded: 59 })
    await ran(database(), { instance: 202, hoursAgo: 1, status: 'failed', error: 'SOURCE_UNREACHABLE: gone' })
    expect((await status())[0]).toMatchObject({ hours: 30, load_status: 'failed' })
  })

  test('keep a name for whoever had it first, and leave out what is switched off', async () => {
    await ensureLanding(database(), {
      landingSchema: 'bronze',
      connectors: [declaredDatabase('billing')],
      jobs: [
        declaredTable('patient', { source: 'billing', target: { schema: 'bronze', name: 'b_patient' } }),
      ],
      instancesOf: () => [{ ...databaseInstance(301, 'hq'), address: 'postgres://hq.example/billing' }],
    })
    const names = async () => (await status()).map(({ table_name: name }) => name)
    expect(await names()).toEqual(['adjustment', 'billing.patient', 'patient'])
    await database().query('update bronze.dw_etl_jobs set is_active = false where source_instance_id = 301')
    expect(await names()).toEqual(['adjustment', 'patient'])
  })

  test('are written again where they are dropped or old, and not where they are right', async () => {
    const versions = async () => {
      const { rows } = await database().query<{ version: string }>(
        "select relname || ' ' || xmin as version from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'v' order by 1",
      )
      return rows.map(({ version }) => version)
    }
    const before = await versions()
    await landTables(database(), [north, south], [...jobs, declaredTable('claim')])
    expect(await versions()).toEqual(before)
    await database().query('drop view raw.etl_load_status')
    await database().query(
      `comment on view raw.etl_table_metrics is 'Kept by Strata over the landing schema bronze (old): …'`,
    )
    await landTables(database(), [north, south], [...jobs, declaredTable('claim')])
    const after = await versions()
    expect(after).toHaveLength(2)
    expect(after[1]).not.toBe(before[1])
  })

  test('of another landing schema, and of another loader, are left alone and told', async () => {
    expect(await describeEtlViews(database(), 'public')).toHaveLength(1)
    await database().query('drop view raw.etl_table_metrics')
    await database().query('create table raw.etl_table_metrics (id int, table_name text)')
    await landTables(database(), [north])
    const { rows } = await database().query(
      "select relkind::text from pg_class where relname = 'etl_table_metrics'",
    )
    expect(rows).toEqual([{ relkind: 'r' }])
    expect(await describeEtlViews(database(), 'bronze')).toEqual([
      "raw.etl_table_metrics is not Strata's, and says nothing of its loads: rename or drop it, and the next run makes it",
    ])
  })
})

describeDatabases('the known tables of the old loader, for others', (database, server) => {
  const reader = `etl_reader_${server.replaceAll(/\W/g, '_')}_${process.pid}`.toLowerCase()

  test('may be read by whoever may read the runs, who needs to see nothing of the state', async () => {
    await landTables(database(), [])
    await database().query('drop schema raw cascade')
    await database().query(`create role ${reader}`)
    try {
      await database().query(`grant usage on schema bronze to ${reader}`)
      await database().query(`grant select on bronze.dw_etl_runs to ${reader}`)
      // As in an installation that was taken over.
      await database().query(
        'alter table bronze.dw_etl_runs alter started_at type timestamp, alter completed_at type timestamp',
      )
      await database().query("update strata.landings set time_zone = 'America/Chicago'")
      await landTables(database(), [north])
      await database().query(`
        insert into bronze.dw_etl_runs (job_id, run_status, records_loaded, started_at, completed_at)
        select id, 'success', 1, '2024-07-01 12:00', '2024-07-01 12:01' from bronze.dw_etl_jobs where name = 'patient'`)
      await database().session(async (session) => {
        await session.query(`set role ${reader}`)
        const { rows } = await session.query(
          "select last_loaded = '2024-07-01 17:00Z' as right_zone from raw.etl_load_status where table_name = 'patient'",
        )
        expect(rows).toEqual([{ right_zone: true }])
        expect((await session.query('select from raw.etl_table_metrics')).rowCount).toBe(1)
        await session.query('reset role')
      })
    } finally {
      await database().query(`drop owned by ${reader}`)
      await database().query(`drop role ${reader}`)
    }
  })

  test('are not there for a role that may not make them, which lands all the same', async () => {
    await database().query('drop schema raw cascade')
    await database().query(`create role ${reader}`)
    try {
      await database().query(`grant all on all tables in schema bronze, strata to ${reader}`)
      await database().query(`grant all on schema bronze, strata to ${reader}`)
      await database().query(`grant all on all sequences in schema bronze to ${reader}`)
      await database().session(async (session) => {
        await session.query(`set role ${reader}`)
        const asReader: Database = {
          ...database(),
          query: session.query.bind(session) as Database['query'],
          transaction: ((work: (transaction: typeof session) => Promise<unknown>) =>
            work(session)) as Database['transaction'],
        }
        await landTables(asReader, [north, south])
        expect(await describeEtlViews(asReader, 'bronze')).toEqual([
          'raw.etl_load_status and raw.etl_table_metrics: the role may not make these views; grant create on the schema raw, or on the database where there is no such schema',
        ])
        await session.query('reset role')
      })
    } finally {
      await database().query(`drop owned by ${reader}`)
      await database().query(`drop role ${reader}`)
    }
  })
})
