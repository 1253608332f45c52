import { expect, test } from 'vitest'
import { ensureLanding } from '../index.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import {
  connector,
  instance,
  job,
  landingSchema,
  patients,
  studies,
  subjects,
} from '../testing/landing-fixture.ts'

const north = instance({ address: 'http://north.example' })
const south = instance({ id: 2, name: 'south', address: 'http://south.example' })
const arms = job('arms', { key: [{ field: ['id'] }, { field: ['study', 'id'] }, { parameter: 'visitId' }] })
const declaration = {
  landingSchema,
  connectors: [connector()],
  jobs: [studies, patients, subjects, arms, job('schedules', { active: false, reason: 'not used' })],
  instancesOf: () => [north, south],
}

describeDatabases('ensureLanding', (database) => {
  test('makes the same things once when several processes do it at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => ensureLanding(database(), declaration)))
    const { rows } = await database().query<{ jobs: number; instances: number }>(`
      select (select count(*)::int from bronze.dw_etl_jobs) as jobs,
             (select count(*)::int from bronze.dw_api_credentials) as instances`)
    expect(rows).toEqual([{ jobs: 10, instances: 2 }])
  })

  test('makes bronze tables by the contract', async () => {
    const { rows } = await database().query<{ line: string }>(`
      select concat_ws(' ', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
        case when atthasdef then 'default ' || pg_get_expr(adbin, adrelid) end) as line
      from pg_attribute a left join pg_attrdef d on adrelid = attrelid and adnum = attnum
      where attrelid = 'bronze.dim_patients_staging'::regclass and attnum > 0 order by attnum`)
    expect(rows.map(({ line }) => line)).toEqual([
      "id integer not null default nextval('bronze.dim_patients_staging_id_seq'::regclass)",
      'data jsonb not null',
      'source_id character varying(255)',
      'source_instance_id integer not null',
      'etl_job_id integer',
      'etl_run_id integer',
      'loaded_at timestamp with time zone default now()',
      'created_at timestamp with time zone default now()',
      'updated_at timestamp with time zone default now()',
      'changed_xid xid8 not null default pg_current_xact_id()',
      'row_hash bytea',
      'cursor_at timestamp with time zone',
      'deleted_at timestamp with time zone',
      'context jsonb',
    ])
    const indexes = await database().query<{ indexdef: string }>(`
      select regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX \\S+ ON bronze\\.', '\\1') as indexdef from pg_indexes
      where schemaname = 'bronze' and tablename in ('dim_patients_staging', 'dim_arms_staging') order by 1`)
    expect(indexes.rows.map(({ indexdef }) => indexdef)).toEqual(
      [
        'UNIQUE dim_arms_staging USING btree (id)',
        'UNIQUE dim_arms_staging USING btree (source_instance_id, record_key)',
        "UNIQUE dim_patients_staging USING btree (source_instance_id, ((data ->> 'id'::text)))",
        'UNIQUE dim_patients_staging USING btree (id)',
        'dim_arms_staging USING btree (changed_xid)',
        'dim_arms_staging USING btree (source_id)',
        'dim_arms_staging USING gin (data jsonb_path_ops)',
        'dim_patients_staging USING btree (changed_xid)',
        'dim_patients_staging USING btree (source_id)',
        'dim_patients_staging USING gin (data jsonb_path_ops)',
      ].sort(),
    )
  })

  test('gives the first instance the known ids and the others ids beyond all of them', async () => {
    const { rows } = await database().query(`
      select id, name, source_instance_id as instance, parent_job_id as parent, depends_on, is_active,
        parameter_source_column as parameter
      from bronze.dw_etl_jobs where name in ('Studies', 'Subjects', 'Schedules') order by 2, 3`)
    const [otherStudies, otherSubjects] = [rows[3]!.id, rows[5]!.id]
    expect(otherStudies).toBeGreaterThan(1000)
    expect(rows.map(({ id: _, ...row }) => row)).toEqual([
      { name: 'Schedules', instance: 1, parent: null, depends_on: [], is_active: false, parameter: null },
      { name: 'Schedules', instance: 2, parent: null, depends_on: [], is_active: false, parameter: null },
      { name: 'Studies', instance: 1, parent: null, depends_on: [], is_active: true, parameter: null },
      { name: 'Studies', instance: 2, parent: null, depends_on: [], is_active: true, parameter: null },
      {
        name: 'Subjects',
        instance: 1,
        parent: 2,
        depends_on: [2],
        is_active: true,
        parameter: "data->>'id'",
      },
      {
        name: 'Subjects',
        instance: 2,
        parent: otherStudies,
        depends_on: [otherStudies],
        is_active: true,
        parameter: "data->>'id'",
      },
    ])
    expect([rows[2]!.id, rows[4]!.id]).toEqual([2, 10])
    expect(otherSubjects).not.toBe(otherStudies)
  })

  test('writes nothing when all is there', async () => {
    const nextXid = async () =>
      (await database().query<{ x: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as x'))
        .rows[0]!.x
    const before = await nextXid()
    await ensureLanding(database(), declaration)
    expect(await nextXid()).toBe(before)
  })

  test("keeps what is declared current and leaves the operator's switch alone", async () => {
    await database().query("update bronze.dw_etl_jobs set is_active = false where name = 'Patients'")
    const moved = { ...patients, endpoint: '/api/v2/patients/odata' }
    const jobs = [...declaration.jobs.filter((known) => known !== patients), moved, job('rooms')]
    await ensureLanding(database(), { ...declaration, jobs })
    const { rows } = await database().query(`
      select source_endpoint, is_active from bronze.dw_etl_jobs where name = 'Patients'`)
    expect(rows).toEqual(Array(2).fill({ source_endpoint: '/api/v2/patients/odata', is_active: false }))
    const rooms = await database().query("select from pg_class where relname = 'dim_rooms_staging'")
    expect(rooms.rowCount).toBe(1)
  })

  test('switches a job on when its declaration does, but not what an operator switched off', async () => {
    const schedules = job('schedules', { active: true })
    const jobs = [...declaration.jobs.filter(({ table }) => table !== 'schedules'), schedules]
    await ensureLanding(database(), { ...declaration, jobs })
    const read = async () =>
      (
        await database().query(
          "select is_active, last_run_status from bronze.dw_etl_jobs where name = 'Schedules'",
        )
      ).rows
    expect(await read()).toEqual(Array(2).fill({ is_active: true, last_run_status: null }))
    await database().query("update bronze.dw_etl_jobs set is_active = false where name = 'Schedules'")
    await ensureLanding(database(), { ...declaration, jobs: [...jobs, job('halls')] })
    expect(await read()).toEqual(Array(2).fill({ is_active: false, last_run_status: null }))
  })

  test('never lets real and simulated records into one database', async () => {
    const real = { ...north, simulated: false }
    await expect(
      ensureLanding(database(), { ...declaration, instancesOf: () => [real], landingSchema: 'other' }),
    ).rejects.toMatchObject({ code: 'MIXED_SIMULATED' })
    await expect(
      ensureLanding(database(), { ...declaration, instancesOf: () => [real, south] }),
    ).rejects.toMatchObject({ code: 'MIXED_SIMULATED' })
    const { rowCount } = await database().query("select from pg_namespace where nspname = 'other'")
    expect(rowCount).toBe(0)
  })

  test('refuses two instances with one id', async () => {
    await expect(
      ensureLanding(database(), { ...declaration, instancesOf: () => [north, { ...south, id: 1 }] }),
    ).rejects.toMatchObject({
      code: 'DUPLICATE_INSTANCE',
      message: expect.stringContaining('north and south'),
    })
  })
})
