import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import {
  createTestDatabase,
  describeOldestServer,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { spokes } from './clinical-project.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

const rowsEach = 14_286
const schema = 'old_clinic'
const hub = `${schema}.patient_clinical_events`

describeOldestServer('old clinical tables of 100,000 rows, read and written meanwhile', (server) => {
  let own: TestDatabase
  let database: Database
  let project: ModelsProject

  beforeAll(async () => {
    own = await createTestDatabase(server)
    database = own.database
    await createOldTables(database)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    await project.shell('mkdir models macros')
    project.write('strata.yml', 'name: clinic\n')
    for (const file of [
      'clinical_migration',
      'clinical_migration_facts',
      'clinical_migration_steps',
      'record',
    ])
      await project.shell(`cp '${new URL(`../macros/${file}.sql`, import.meta.url).pathname}' macros/`)
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })

  const migrate = (args: string) =>
    project.run('run-operation', 'migrate_clinical_tables', '--args', `{schema: ${schema}, ${args}}`)
  /** Synthetic events on which nothing hangs. */
  const ghosts = () =>
    one(`select count(*)::int from ${schema}.synthetic_event_audit as a
      where ${spokes.map((spoke) => `not exists (select from ${schema}.${spoke} as s where s.event_id = a.event_id)`).join(' and ')}`)
  const one = async (sql: string) =>
    Object.values((await database.query<Record<string, unknown>>(sql)).rows[0]!)[0]

  test('a dry run says what it would do, and does nothing', async () => {
    const before = await definitions(database)
    const { code, stdout, stderr } = await migrate('dry_run: true')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout + stderr).toContain(`patient_vitals: ${rowsEach} rows, ${rowsEach} without an event`)
    expect(stdout + stderr).toContain('would create the index patient_vitals_event_id_idx concurrently')
    expect(stdout + stderr).toContain('who deletes a row of patient_clinical_events deletes the records')
    expect(stdout + stderr).toContain('Nothing was changed.')
    expect(await definitions(database)).toEqual(before)
  })

  test('rows that cannot be migrated are counted, and nothing is done', async () => {
    await database.query(`insert into ${schema}.patient_vitals (name) values ('of nobody')`)
    const { code, stdout, stderr } = await migrate('dry_run: false')
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('patient_vitals has 1 rows without a patient')
    expect(
      await one(
        `select count(*)::int from information_schema.columns where table_schema = '${schema}' and column_name = 'event_id'`,
      ),
    ).toBe(0)
    await database.query(`delete from ${schema}.patient_vitals where patient_id is null`)
  })

  test('are given their events while an app reads and writes, which never fails', {
    timeout: 600_000,
  }, async () => {
    const app = startApp(database)
    const { code, stdout, stderr } = await migrate('dry_run: false, batch_size: 2000')
    const { written, reads, failures, slowest } = await app.stop()
    expect(code, stdout + stderr).toBe(0)
    expect(stdout + stderr).toContain('0 not in the audit, 0 without a record')
    expect(failures).toEqual([])
    expect(written).toBeGreaterThan(20)
    expect(reads).toBeGreaterThan(20)
    // A writer waits for a lock that is asked for 200 ms at a time; the rest is a machine that is not idle.
    expect(slowest).toBeLessThan(5000)

    expect(await one(`select count(*)::int from ${schema}.patient_vitals where name like 'late%'`)).toBe(
      written,
    )
    for (const spoke of spokes) {
      expect(
        await one(`select count(*)::int from ${schema}.${spoke} as s
          where not exists (select from ${hub} as e where e.id = s.event_id and e.patient_id = s.patient_id)`),
        spoke,
      ).toBe(0)
      expect(
        await one(`select count(*)::int from ${schema}.${spoke} group by event_id order by 1 desc limit 1`),
        `rows of ${spoke} that share an event`,
      ).toBe(1)
    }
    expect(
      await one(`select count(*)::int from ${hub} as e full join ${schema}.synthetic_event_audit as a on a.event_id = e.id
        where (e.is_synthetic is true) <> (a.event_id is not null)`),
    ).toBe(0)
    expect(await one(`select count(*)::int from ${hub} where is_synthetic`)).toBe(7 * rowsEach + written - 99)
    expect(
      await one(
        `select count(*)::int from pg_constraint where connamespace = '${schema}'::regnamespace and not convalidated`,
      ),
    ).toBe(0)
    expect(
      await one(`select count(*)::int from pg_attribute where attname = 'event_id' and attnotnull
      and attrelid in (select oid from pg_class where relnamespace = '${schema}'::regnamespace and relname in ('${spokes.join("', '")}'))`),
    ).toBe(7)
  })

  test('records are linked by their exact key, and never to the event of another patient', async () => {
    expect(
      await one(
        `select count(*)::int from ${schema}.patient_conditions as s join ${hub} as e on e.id = s.event_id where not e.is_synthetic`,
      ),
    ).toBe(99)
    expect(
      await one(`select e.is_synthetic from ${schema}.patient_conditions as s join ${hub} as e on e.id = s.event_id
        where s.id = (select id from ${schema}.patient_conditions order by id offset 99 limit 1)`),
    ).toBe(true)
    expect(
      await one(
        `select e.clinical_purposes::text from ${schema}.patient_allergies as s join ${hub} as e on e.id = s.event_id where s.source = 'patient' limit 1`,
      ),
    ).toBe('{self_monitoring}')
    const foreign = database.query(`update ${schema}.patient_allergies as s set event_id = (
      select e.id from ${hub} as e where e.patient_id <> s.patient_id limit 1) where s.id = (select min(id::text)::uuid from ${schema}.patient_allergies)`)
    await expect(foreign).rejects.toMatchObject({ sqlstate: '23503' })
  })

  test('an upsert that writes no row makes no event, and a record that is deleted takes its synthetic event along', async () => {
    const before = await ghosts()
    const events = await one(`select count(*)::int from ${hub}`)
    const record = await one(`select id::text from ${schema}.patient_vitals order by id limit 1`)
    const upsert = `insert into ${schema}.patient_vitals (id, patient_id, name) values ('${record}', md5('patient7')::uuid, 'again') on conflict (id)`
    await database.query(`${upsert} do nothing`)
    await database.query(`${upsert} do update set name = excluded.name`)
    expect(await one(`select count(*)::int from ${hub}`)).toBe(events)

    await database.query(`insert into ${schema}.patient_vitals (id, patient_id, name)
      select md5('new' || n)::uuid, md5('patient' || n)::uuid, 'new' from generate_series(1, 3) as n`)
    const eventOf = (n: number) =>
      `(select event_id from ${schema}.patient_vitals where id = md5('new${n}')::uuid)`
    await database.query(
      `insert into ${schema}.patient_allergies (patient_id, event_id) values (md5('patient2')::uuid, ${eventOf(2)})`,
    )
    expect(await one(`select count(*)::int from ${hub}`)).toBe((events as number) + 3)
    await database.query(`delete from ${schema}.patient_vitals where name = 'new'`)
    // The event on which something else hangs stays.
    expect(await one(`select count(*)::int from ${hub}`)).toBe((events as number) + 1)
    expect(await ghosts()).toBe(before)
    await database.query(
      `delete from ${schema}.patient_allergies where name is null and event_id in (select event_id from ${schema}.synthetic_event_audit where spoke = 'patient_vitals')`,
    )
    expect(await one(`select count(*)::int from ${hub}`)).toBe(events)
  })

  test('a record whose patient is corrected gets an event of that patient', async () => {
    const before = await ghosts()
    const record = (await one(
      `insert into ${schema}.patient_vitals (patient_id, name) values (md5('patient7')::uuid, 'of whom?') returning id::text`,
    )) as string
    const event = await one(`select event_id::text from ${schema}.patient_vitals where id = '${record}'`)
    await database.query(
      `update ${schema}.patient_vitals set patient_id = md5('patient8')::uuid where id = '${record}'`,
    )
    expect(
      await one(
        `select e.id <> '${event}' and e.patient_id = md5('patient8')::uuid from ${schema}.patient_vitals as s join ${hub} as e on e.id = s.event_id where s.id = '${record}'`,
      ),
    ).toBe(true)
    expect(await one(`select count(*)::int from ${hub} where id = '${event}'`)).toBe(0)
    expect(await ghosts()).toBe(before)
    await database.query(`delete from ${schema}.patient_vitals where id = '${record}'`)
  })

  test('what was typed where a day should be stops no app, and is no day', async () => {
    const id =
      (await one(`insert into ${schema}.patient_immunizations (patient_id, onset_date, recorded_at, created_at)
      values (md5('patient7')::uuid, '2024-02-30 said Ann Lee', null, '2024-01-0٣ said Ann Lee') returning event_id::text`)) as string
    expect(
      await one(
        `select event_date is null or event_date > now() - interval '1 hour' from ${hub} where id = '${id}'`,
      ),
    ).toBe(true)
    expect(
      await one(
        `select count(*)::int from ${schema}.patient_immunizations as s join ${hub} as e on e.id = s.event_id where e.event_date = timestamptz '1996-02-29 12:00Z'`,
      ),
    ).toBe(1)
    await database.query(`delete from ${schema}.patient_immunizations where event_id = '${id}'`)
  })

  test('nobody else sets the functions on a table, and they work on no other', async () => {
    const forged = database.transaction(async (transaction) => {
      await transaction.query(
        `create temp table patient_allergies (id uuid default gen_random_uuid(), patient_id uuid, event_id uuid) on commit drop`,
      )
      await transaction.query(
        `create trigger forge before insert on pg_temp.patient_allergies for each row execute function ${schema}.give_clinical_event_to_row()`,
      )
      await transaction.query(
        `insert into pg_temp.patient_allergies (patient_id) values (md5('patient7')::uuid)`,
      )
    })
    await expect(forged).rejects.toMatchObject({ sqlstate: 'P0001' })
    expect(
      await one(
        `select count(*)::int from pg_proc where pronamespace = '${schema}'::regnamespace and has_function_privilege('public', oid, 'execute')`,
      ),
    ).toBe(0)
  })

  test('a schema is a name, and no SQL', async () => {
    for (const operation of ['migrate_clinical_tables', 'drop_clinical_bridge']) {
      const { code, stdout, stderr } = await project.run(
        ...[
          'run-operation',
          operation,
          '--args',
          `{schema: "x') is null); drop schema ${schema} cascade; --"}`,
        ],
      )
      expect(code).toBe(1)
      expect(stdout + stderr).toContain('nothing was changed: a schema whose name holds')
    }
  })

  test('a second run finds nothing to do, and makes no event', async () => {
    const events = await one(`select count(*)::int from ${hub}`)
    const { code, stdout, stderr } = await migrate('dry_run: false')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout + stderr).toContain('nothing to do')
    expect(await one(`select count(*)::int from ${hub}`)).toBe(events)
  })

  test('a run that was cut off is finished by the next, with the same events', async () => {
    const before = await links(database)
    await database.query(
      `alter table ${schema}.patient_vitals alter column event_id drop not null, drop constraint patient_vitals_event_fk`,
    )
    await database.query(`alter table ${schema}.patient_vitals disable trigger user`)
    await database.query(`update ${schema}.patient_vitals set event_id = null`)
    await database.query(`alter table ${schema}.patient_vitals enable trigger user`)
    await database.query(
      `update pg_index set indisvalid = false where indexrelid = '${schema}.patient_vitals_event_id_idx'::regclass`,
    )
    const { code, stdout, stderr } = await migrate('dry_run: false')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout + stderr).toContain('drop the index patient_vitals_event_id_idx, which is invalid')
    expect(await links(database)).toEqual(before)
  })

  test('row-level security is switched on where it is asked for, and the bridge for old apps taken away', async () => {
    const secured = await migrate('dry_run: false, row_security: true')
    expect(secured.code, secured.stdout + secured.stderr).toBe(0)
    expect(await one(`select count(*)::int from pg_policies where schemaname = '${schema}'`)).toBe(8)
    expect(
      await one(
        `select relrowsecurity from pg_class where oid = '${schema}.synthetic_event_audit'::regclass`,
      ),
      'no policy, and nobody but the owner sees a row of the audit',
    ).toBe(true)
    const dropped = await project.run(
      'run-operation',
      'drop_clinical_bridge',
      '--args',
      `{schema: ${schema}}`,
    )
    expect(dropped.code, dropped.stdout + dropped.stderr).toBe(0)
    expect(await one(`select count(*)::int from pg_trigger where tgname like '%clinical_event%'`)).toBe(0)
    const without = database.query(
      `insert into ${schema}.patient_vitals (patient_id, name) select patient_id, 'x' from ${hub} limit 1`,
    )
    await expect(without).rejects.toMatchObject({ sqlstate: '23502' })
  })
})

/** Seven spokes without `event_id` beside a hub that knows some events, a hundred of them by the key of a condition. */
async function createOldTables(database: Database): Promise<void> {
  await database.query(`create schema ${schema}`)
  await database.query(`create table ${hub} (id uuid primary key default gen_random_uuid(), patient_id uuid not null,
    event_name text not null, event_date timestamptz not null, clinical_identity_key text, created_at timestamptz not null default now())`)
  for (const spoke of spokes) {
    await database.query(`create table ${schema}.${spoke} (id uuid primary key default gen_random_uuid(), patient_id uuid,
      name text, source text, recorded_at timestamptz default now(), created_at timestamptz default now())`)
    await database.query(`insert into ${schema}.${spoke} (patient_id, name, source, recorded_at)
      select md5('patient' || n % 1000)::uuid, 'record ' || n, case when n % 10 = 0 then 'patient' else 'staff' end, timestamptz '2024-01-01' + n * interval '1 hour'
      from generate_series(1, ${rowsEach}) as n`)
  }
  // People typed here where a day should be.
  await database.query(
    `alter table ${schema}.patient_immunizations add onset_date text, alter created_at drop default, alter created_at type text`,
  )
  await database.query(`update ${schema}.patient_immunizations set recorded_at = null,
    onset_date = case name when 'record 1' then '1996-02-29T12:00:00Z' when 'record 2' then '2024-02-30' else 'in March, said Ann Lee' end, created_at = 'the 3rd'
    where name in ('record 1', 'record 2', 'record 3')`)
  await database.query(
    `insert into ${hub} (patient_id, event_name, event_date) select md5('patient' || n % 1000)::uuid, 'Visit', now() from generate_series(1, 5000) as n`,
  )
  await database.query(`insert into ${hub} (patient_id, event_name, event_date, clinical_identity_key)
    select case when n = 100 then gen_random_uuid() else patient_id end, 'Diagnosis', now(), 'patient_conditions:' || id
    from (select *, row_number() over (order by id) as n from ${schema}.patient_conditions) as c where n <= 100`)
}

/** An app that knows nothing of events: it adds vital signs, changes and reads others, and deletes none. */
function startApp(database: Database) {
  let stopped = false
  const done = { written: 0, reads: 0, slowest: 0, failures: [] as string[] }
  const during = async (work: () => Promise<unknown>) => {
    while (!stopped) {
      const startedAt = performance.now()
      try {
        await work()
      } catch (error) {
        done.failures.push((error as Error).message)
      }
      done.slowest = Math.max(done.slowest, performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const workers = [
    during(async () => {
      await database.query(
        `insert into ${schema}.patient_vitals (patient_id, name) values (md5('patient7')::uuid, 'late ${done.written}')`,
      )
      done.written++
    }),
    during(() =>
      database.transaction(async (transaction) => {
        await transaction.query(
          `update ${schema}.patient_conditions set name = name || '.' where id = (select id from ${schema}.patient_conditions offset floor(random() * 1000) limit 1)`,
        )
        await new Promise((resolve) => setTimeout(resolve, 30))
      }),
    ),
    during(async () => {
      const { rows } = await database.query<{ rows: number }>(
        `select count(*)::int as rows from ${schema}.patient_medications as m left join ${hub} as e using (patient_id) where m.patient_id = md5('patient7')::uuid`,
      )
      if (rows[0]!.rows === 0) throw new Error('the medications of a patient were gone')
      done.reads++
    }),
  ]
  return {
    async stop() {
      stopped = true
      await Promise.all(workers)
      return done
    },
  }
}

async function definitions(database: Database) {
  const { rows } =
    await database.query(`select attrelid::regclass::text, attname, attnotnull from pg_attribute
    where attrelid in (select oid from pg_class where relnamespace = '${schema}'::regnamespace) and attnum > 0 order by 1, 2`)
  return rows
}

async function links(database: Database) {
  const { rows } = await database.query<{ links: string }>(
    `select md5(string_agg(id || ' ' || event_id, ',' order by id)) as links from ${schema}.patient_vitals`,
  )
  return rows[0]!.links
}
