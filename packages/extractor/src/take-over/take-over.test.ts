import type { Database } from '@strata/core'
import { migrate } from '@strata/postgres'
import { createTestDatabase, describeOldestServer } from '@strata/postgres/testing'
import { afterEach, expect, test } from 'vitest'
import { ensureLanding, extractorMigrations, type TakeOverOptions, takeOver } from '../index.ts'
import { connector, instance, patients, studies, subjects } from '../testing/landing-fixture.ts'
import { makeOldInstallation, ownZone } from '../testing/old-installation.ts'

const jobs = [studies, patients, subjects]

describeOldestServer('taking over an old installation', (server) => {
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const one of undo.splice(0)) await one()
  })

  async function old(count = 1_000, schema = 'bronze'): Promise<Database> {
    const { database, drop } = await createTestDatabase(server)
    undo.push(drop)
    await makeOldInstallation(database, { schema, patients: count, duplicateEach: 20, keylessEach: 100 })
    return database
  }

  const ofTest = (database: Database, over: Partial<TakeOverOptions> = {}): TakeOverOptions => ({
    database,
    landingSchema: 'bronze',
    source: 'clinic',
    jobs,
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
    ...over,
  })

  const migrated = async (database: Database) => migrate(database, 'extractor', extractorMigrations)

  const only = async <Row>(database: Database, sql: string): Promise<Row> =>
    (await database.query<Row>(sql)).rows[0]!

  /** All that a take-over may change: contents, columns, indexes, constraints, triggers. */
  const contents = (database: Database, schema = 'bronze') =>
    only<Record<string, string>>(
      database,
      `select ${[
        'dim_patients_staging',
        'dim_studies_staging',
        'dim_subjects_staging',
        'dw_etl_jobs',
        'dw_etl_runs',
        'dw_api_credentials',
      ]
        .map(
          (table) =>
            `(select md5(string_agg(t::text, '' order by t::text)) from ${schema}.${table} t) as ${table}`,
        )
        .join(', ')},
        (select md5(string_agg(attrelid::regclass || attname || atttypid || attnotnull, '' order by attrelid, attnum))
         from pg_attribute where attrelid in (select oid from pg_class where relnamespace = '${schema}'::regnamespace)) as columns,
        (select string_agg(pg_get_triggerdef(oid), '' order by oid) from pg_trigger where not tgisinternal) as triggers,
        (select count(*)::text from pg_namespace) as schemas`,
    )

  const outcome = (database: Database, schema = 'bronze') =>
    only<Record<string, number>>(
      database,
      `select count(*)::int as rows, count(distinct (source_instance_id, data->>'id'))::int as records,
        (count(*) filter (where source_id = source_instance_id::text))::int as told,
        (select count(*)::int from strata.dead_letters where reason = 'no_key' and job = 'clinic.patients') as dead,
        (select count(*)::int from strata.taken_over_rows where reason = 'duplicate' and record ? 'batch') as aside
       from ${schema}.dim_patients_staging`,
    )
  const expected = { rows: 1_100, records: 1_100, told: 1_100, dead: 10, aside: 50 }

  test('gives 1,000 patients the instance as source_id, each once, and loses none', async () => {
    const database = await old()
    await migrated(database)
    await takeOver(ofTest(database))
    expect(await outcome(database)).toEqual(expected)
    const newest = await only(
      database,
      `select count(*)::int as newest from bronze.dim_patients_staging where data->>'name' in ('patient ' || (data->>'id'), 'southern ' || (data->>'id'))`,
    )
    expect(newest).toEqual({ newest: 1_100 })
    const { rows } = await database.query(
      `select source_instance_id as instance, source_id, context, count(*)::int as subjects, bool_and(row_hash is not null) as hashed
       from bronze.dim_subjects_staging group by 1, 2, 3 order by 1`,
    )
    expect(rows).toEqual([
      { instance: 1, source_id: '1', context: { studyId: '17' }, subjects: 20, hashed: true },
      { instance: 2, source_id: '2', context: { studyId: '18' }, subjects: 20, hashed: true },
    ])
    const former = await only(
      database,
      `select count(*)::int as kept, min(record->>'source_id') as one from strata.taken_over_rows where table_name = 'dim_subjects_staging'`,
    )
    expect(former).toEqual({ kept: 40, one: 'subject-1' })
  })

  test('works in public, and keys records by the parameters of the run that brought them', async () => {
    const database = await old(1_000, 'public')
    await migrated(database)
    const inPublic = [
      patients,
      { ...subjects, key: [{ field: ['id'] }, { parameter: 'studyId' }] } as const,
    ].map((one) => ({
      ...one,
      target: { ...one.target, schema: 'public' },
    }))
    await database.query(`update dw_etl_runs set run_context = 'none' where run_id = 5`)
    await takeOver(ofTest(database, { landingSchema: 'public', jobs: inPublic }))
    expect(await outcome(database, 'public')).toEqual(expected)
    const { rows } = await database.query(
      `select count(*)::int as rows, min(record_key) as key,
         (select count(*)::int from strata.dead_letters where job = 'clinic.subjects') as dead
       from dim_subjects_staging`,
    )
    expect(rows).toEqual([{ rows: 20, key: '["10", "17"]', dead: 20 }])
  })

  test('leaves tables that are like new ones, but for the type of old times', async () => {
    const database = await old()
    await migrated(database)
    await takeOver(ofTest(database))
    await ensureLanding(database, {
      landingSchema: 'fresh',
      connectors: [],
      jobs: jobs.map((one) => ({ ...one, target: { ...one.target, schema: 'fresh' } })),
      instancesOf: () => [],
    })
    const shape = async (schema: string) =>
      (
        await database.query(`
          select c.relname, attname, attnotnull or c.relname like 'dw_%' as strict from pg_attribute a join pg_class c on c.oid = attrelid
          where relnamespace = '${schema}'::regnamespace and relkind = 'r' and attnum > 0 and attname not in ('batch', 'instance', 'api_key')
          union all
          select tablename, regexp_replace(replace(indexdef, ' jsonb_path_ops', ''), '^.* USING', ''), indexdef like '%UNIQUE%'
          from pg_indexes where schemaname = '${schema}' order by 1, 2`)
      ).rows
    expect(await shape('bronze')).toEqual(await shape('fresh'))
    const { rows } = await database.query(
      `select conname from pg_constraint where conrelid = 'bronze.dim_patients_staging'::regclass and contype in ('c', 'u')`,
    )
    expect(rows).toEqual([])
  })

  test('says in a dry run what it would do, and changes nothing', async () => {
    const database = await old()
    const before = await contents(database)
    const report = await takeOver(ofTest(database, { dryRun: true }))
    expect(await contents(database)).toEqual(before)
    const of = (name: string) => report.tables.filter(({ table }) => table === `bronze.${name}`)
    expect(of('dim_patients_staging')[0]?.groups).toEqual([
      { instance: 1, origin: 'given', rows: 550, stale: 550, withoutKey: 0 },
      { instance: 2, origin: 'given', rows: 100, stale: 100, withoutKey: 0 },
      { instance: 1, origin: 'told', rows: 510, stale: 510, withoutKey: 10 },
    ])
    expect(of('dim_patients_staging')[0]?.steps).toEqual([
      {
        what: 'add etl_job_id, etl_run_id, created_at, updated_at, changed_xid, row_hash, cursor_at, deleted_at, context',
        rows: null,
      },
      { what: 'let batch be null: only the old loader fills it', rows: null },
      { what: 'drop the unique constraint one_patient (source_id)', rows: null },
      { what: `keep loaded_at without a time zone, in that of the database (${ownZone})`, rows: null },
      { what: 'write instance, source_id, times, key and hash into the rows', rows: 1_160 },
      { what: 'move records without a key to strata.dead_letters', rows: 10 },
      { what: 'keep all but the newest of each record aside, in strata.taken_over_rows', rows: 50 },
      { what: "make the unique index (source_instance_id, (data->>'id'))", rows: null },
      { what: 'source_instance_id not null', rows: null },
      { what: 'source_instance_id references dw_api_credentials', rows: null },
      { what: 'make the index (source_id)', rows: null },
      { what: 'make the index (changed_xid)', rows: null },
      { what: 'make the index gin (data jsonb_path_ops)', rows: null },
      { what: 'gather statistics', rows: null },
    ])
    expect(of('dw_etl_runs').flatMap(({ steps }) => steps)).toContainEqual({
      what: 'close runs that were left at running',
      rows: 1,
    })
    expect(report.notes).toEqual([expect.stringContaining('column api_key')])
    expect(report.problems).toEqual([])
  })

  test('does nothing the second time', async () => {
    const database = await old()
    await migrated(database)
    await takeOver(ofTest(database))
    const before = await contents(database)
    const again = await takeOver(ofTest(database, { told: null, onStep: () => expect.unreachable() }))
    expect(again.tables.flatMap(({ steps }) => steps)).toEqual([])
    expect(await contents(database)).toEqual(before)
  })

  test('goes on where it was stopped, before or after any step, in any batch', async () => {
    const database = await old()
    await migrated(database)
    let steps = 0
    for (let finished = false; !finished; steps += 1) {
      let seen = 0
      finished = await takeOver(
        ofTest(database, {
          onStep(_table, _step, _done, ended) {
            seen += 1
            // Every time it gets one step further.
            if (seen > 1 && !(ended && seen === 2)) throw new Error('killed')
          },
        }),
      ).then(
        () => true,
        (error: Error) => {
          if (error.message !== 'killed') throw error
          return false
        },
      )
      expect(steps).toBeLessThan(80)
    }
    expect(steps).toBeGreaterThan(20)
    expect(await outcome(database)).toEqual(expected)
  })

  test('goes on where a killed server process left an index half made and a check not yet validated', async () => {
    const database = await old()
    await migrated(database)
    const table = 'bronze.dim_patients_staging'
    await expect(
      database.query(
        `create unique index concurrently dim_patients_staging_record on ${table} (source_instance_id, (data->>'id'))`,
      ),
    ).rejects.toMatchObject({ sqlstate: '23505' })
    await database.query(
      `alter table ${table} add constraint dim_patients_staging_source_instance_id_there check (source_instance_id is not null) not valid`,
    )
    await takeOver(ofTest(database))
    expect(await outcome(database)).toEqual(expected)
    const again = await takeOver(ofTest(database))
    expect(again.tables.flatMap(({ steps }) => steps)).toEqual([])
  })

  test('lets rows of two instances have one id, and numbers them beyond all that were copied in', async () => {
    const database = await old()
    await migrated(database)
    await database.query({
      script: true,
      text: `
        create unique index on bronze.dim_studies_staging ((data->>'id'));
        alter sequence bronze.dim_studies_staging_id_seq restart;
        alter table bronze.dw_etl_jobs alter id drop default;
        drop sequence bronze.dw_etl_jobs_id_seq;
        alter table bronze.dw_etl_jobs alter id add generated always as identity`,
    })
    await takeOver(ofTest(database))
    const { rows } = await database.query(`
      with studies as (
        insert into bronze.dim_studies_staging (data, source_id, source_instance_id) values ('{"id": 17}', '2', 2) returning id
      ), subjects as (
        insert into bronze.dim_subjects_staging (data, source_id, source_instance_id) values ('{"id": 999}', '1', 1) returning id
      ), jobs as (
        insert into bronze.dw_etl_jobs (name, source_endpoint, target_table) values ('Rooms', '', '') returning id
      )
      select studies.id as study, subjects.id as subject, jobs.id as job from studies, subjects, jobs`)
    expect(rows).toEqual([{ study: 3, subject: 41, job: 58 }])
    await database.query(
      "insert into bronze.dw_etl_jobs (id, name, source_endpoint, target_table) values (500, 'Forms', '', '')",
    )
  })

  test('refuses rows that nobody knows the instance of, with their number, before it changes anything', async () => {
    const database = await old()
    await migrated(database)
    const before = await contents(database)
    const refusal = await takeOver(ofTest(database, { told: null })).catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'TAKE_OVER_REFUSED',
      message: expect.stringContaining('510 rows of bronze.dim_patients_staging do not say'),
      hint: expect.stringContaining('--instance'),
    })
    expect((refusal as Error).message).not.toContain('dim_studies_staging')
    await database.query('update bronze.dim_subjects_staging set source_instance_id = 9 where id = 1')
    const { problems } = await takeOver(ofTest(database, { dryRun: true }))
    expect(problems).toEqual([
      expect.stringContaining('1 rows of bronze.dim_subjects_staging belong to instance 9'),
    ])
    await database.query('update bronze.dim_subjects_staging set source_instance_id = null where id = 1')
    expect(await contents(database)).toEqual(before)
  })

  test('is asked for by what would land in such tables', async () => {
    const database = await old()
    await migrated(database)
    const declaration = {
      landingSchema: 'bronze',
      connectors: [connector()],
      jobs,
      instancesOf: () => [instance({ address: 'http://north.example', simulated: false })],
    }
    await expect(ensureLanding(database, declaration)).rejects.toMatchObject({
      code: 'OLD_LANDING',
      hint: expect.stringContaining('models source take-over clinic'),
    })
    await takeOver(ofTest(database))
    await database.query('alter table bronze.dim_patients_staging alter source_instance_id drop not null')
    await expect(ensureLanding(database, declaration)).rejects.toMatchObject({
      code: 'OLD_LANDING',
      message: expect.stringContaining('rows without an instance'),
    })
    await takeOver(ofTest(database))
    await ensureLanding(database, declaration)
  })

  test('makes jobs and runs ours: known ids, instances, the switch of the operator, runs left open', async () => {
    const database = await old()
    await migrated(database)
    await database.query(
      `insert into bronze.dw_etl_jobs (id, name, source_endpoint, target_table, source_instance_id) values (90, 'patients', '', 'dim_patients_staging', 2)`,
    )
    await takeOver(ofTest(database))
    const api = [
      instance({ address: 'http://n.example', simulated: false }),
      instance({ id: 2, name: 'south', address: 'http://s.example', simulated: false }),
    ]
    await ensureLanding(database, {
      landingSchema: 'bronze',
      connectors: [connector()],
      jobs,
      instancesOf: () => api,
    })
    const { rows } = await database.query(
      `select name, source_instance_id as instance, case when id < 1000 then id end as known, is_active as active, incremental_load as incremental
       from bronze.dw_etl_jobs order by name collate "C", 2`,
    )
    expect(rows).toEqual([
      { name: 'Patients', instance: 1, known: 3, active: true, incremental: true },
      { name: 'Patients', instance: 2, known: null, active: true, incremental: true },
      { name: 'Studies', instance: 1, known: 2, active: false, incremental: true },
      { name: 'Studies', instance: 2, known: null, active: true, incremental: true },
      { name: 'Subjects', instance: 1, known: 10, active: true, incremental: true },
      { name: 'Subjects', instance: 2, known: null, active: true, incremental: true },
      { name: 'Vitals', instance: null, known: 57, active: true, incremental: null },
      { name: 'patients', instance: 2, known: 90, active: true, incremental: null },
    ])
    const { rows: open } = await database.query(
      'select run_id, run_status from bronze.dw_etl_runs where run_id > 5 order by 1',
    )
    expect(open).toEqual([
      { run_id: 6, run_status: 'failed' },
      { run_id: 7, run_status: 'running' },
    ])
  })
})
