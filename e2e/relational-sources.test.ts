import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const sources = `
version: 2
sources:
  - name: clinic
    schema: bronze
    connector:
      kind: postgres
      instances:
        - id: 501
          name: north
          url: { env: CLINIC_URL }
          password: { env: CLINIC_PASSWORD }
    tables:
      - name: patients
        identifier: clinic_patients_staging
        freshness: { warn_after: { count: 1, period: hour } }
        job:
          relation: front.patients
          key: id
          watermark: { columns: [changed_at], lookback: 0 }
      - name: visits
        identifier: clinic_visits_staging
        job: { key: [patient_id, day] }
  - name: lab
    schema: bronze
    connector:
      kind: csv
      instances: [{ id: 502, name: main, path: exports }]
    tables:
      - name: results
        identifier: lab_results_staging
        job: { files: results-*.csv, key: [order_id, test] }
`

const model = `select p.data->>'name' as name, count(v.data) as visits, min(r.data->>'value') as value
from {{ source('clinic', 'patients') }} p
left join {{ source('clinic', 'visits') }} v on v.data->'patient_id' = p.data->'id'
left join {{ source('lab', 'results') }} r on r.data->>'order_id' = p.data->>'id'
group by p.data->>'name'
`

describeServers('tables of a database, and text files', (server) =>
  describe.sequential('of a project', () => {
    let own: TestDatabase
    let there: TestDatabase
    let project: ModelsProject
    let environment: { readonly [name: string]: string }

    const atSource = (text: string) => there.database.query({ text, script: true })
    const extract = (...words: readonly string[]) => project.runWith({ environment }, 'extract', ...words)
    const jobLines = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await extract(...words)
      expect([code, stderr]).toEqual([0, ''])
      return Object.fromEntries(stepLines(stdout).map(({ name, rows }) => [name, rows]))
    }
    const landed = async (table: string) => {
      const { rows } = await own.database.query<{ data: string }>(
        `select data::text as data from bronze.${table} where deleted_at is null order by data::text`,
      )
      return rows.map(({ data }) => data)
    }

    const modelRelation = async () => {
      const { rows } = await own.database.query<{ name: string }>(
        `select schemaname || '.balances' as name from pg_tables where tablename = 'balances'
         union all select schemaname || '.balances' from pg_views where viewname = 'balances'`,
      )
      return rows[0]!.name
    }

    beforeAll(async () => {
      own = await createTestDatabase(server)
      there = await createTestDatabase(server)
      await atSource(`
        create schema front;
        create table front.patients (id bigint primary key, name text, balance numeric(12, 2), changed_at timestamptz not null);
        insert into front.patients values
          (9007199254740993, 'Ada', 1.10, now() - interval '3 days'), (2, 'Grace', 20, now() - interval '2 days');
        create table visits (patient_id bigint, day date, note text, primary key (patient_id, day));
        insert into visits values (2, '2024-05-01', 'a'), (2, '2024-05-02', 'b')`)
      const url = new URL(there.url)
      url.searchParams.set('password', 'in the url')
      environment = { DATABASE_URL: own.url, CLINIC_URL: url.href, CLINIC_PASSWORD: 's3cret beside' }
      project = createModelsProject('empty')
      for (const folder of ['sources', 'models', 'exports']) mkdirSync(join(project.directory, folder))
      project.write('strata.yml', 'name: practice\n')
      project.write('sources/sources.yml', sources)
      project.write('models/balances.sql', model)
      project.write('exports/results-1.csv', 'order_id,test,value\n2,hb,"13,5"\n')
    })
    afterAll(async () => {
      await project?.remove()
      await own?.drop()
      await there?.drop()
    })

    test('are named by debug with kind and place, and without user and password', async () => {
      const { code, stdout } = await project.runWith({ environment }, 'debug')
      expect(code).toBe(0)
      expect(stdout).toMatch(/^✓ source {5}clinic \(postgres\): north at postgresql:\/\/\S+\/test_\w+$/m)
      expect(stdout).toContain(`✓ source     lab (csv): main at ${join(project.directory, 'exports')}\n`)
      expect(stdout).not.toMatch(/in\+the\+url|in the url|s3cret/)
      const nobody = { ...environment, CLINIC_URL: 'postgresql://reader@127.0.0.1:1/clinic' }
      const refused = await project.runWith({ environment: nobody }, 'debug')
      expect(refused.code).toBe(1)
      expect(refused.stdout).toMatch(/^✗ source {5}clinic instance north cannot be reached/m)
      const plan = await project.runWith({ environment }, 'plan')
      expect(plan.stdout).toMatch(/^job +clinic\.visits +land /m)
    })

    test('land as they are, and models read them in the same run', async () => {
      const { code, stdout, stderr } = await project.runWith({ environment }, 'run')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('4 steps, 4 succeeded.')
      expect((await landed('clinic_patients_staging'))[1]).toMatch(
        /^\{"id": 9007199254740993, "name": "Ada", "balance": 1\.10, "changed_at": "[^"]+\+00:00"\}$/,
      )
      expect(await landed('lab_results_staging')).toEqual([
        '{"test": "hb", "value": "13,5", "order_id": "2"}',
      ])
      const { rows } = await own.database.query(`select * from ${await modelRelation()} order by name`)
      expect(rows).toEqual([
        { name: 'Ada', visits: '0', value: null },
        { name: 'Grace', visits: '2', value: '13,5' },
      ])
    })

    test('give the second time what changed: rows, a column with another name, and other files', async () => {
      expect(await jobLines()).toEqual({ 'clinic.patients': 1, 'clinic.visits': 2, 'lab.results': 0 })
      await atSource(`
        alter table front.patients rename column name to full_name;
        update front.patients set balance = 2.5, changed_at = now() where id = 2;
        delete from visits where day = '2024-05-01'`)
      writeFileSync(join(project.directory, 'exports', 'results-2.csv'), 'order_id,test,value\n2,na,140\n')
      expect(await jobLines()).toEqual({ 'clinic.patients': 2, 'clinic.visits': 1, 'lab.results': 2 })
      const [grace, ada] = await landed('clinic_patients_staging')
      expect(grace).toMatch(/^\{"id": 2, "balance": 2\.50, "full_name": "Grace", /)
      expect(ada).toContain('"full_name": "Ada"')
      expect(await landed('clinic_visits_staging')).toHaveLength(1)
      expect(await landed('lab_results_staging')).toHaveLength(2)
    })

    test('are told of by status, runs and freshness, and one instance lands alone', async () => {
      const status = await project.runWith({ environment }, 'source', 'status', 'clinic')
      expect(status).toMatchObject({ code: 0, stderr: '' })
      expect(status.stdout).toMatch(/^✓ patients +north /m)
      const runs = await project.runWith({ environment }, 'runs', '--jobs')
      expect(runs.stdout).toMatch(/visits +north +first load +success/)
      expect(runs.stdout).toMatch(/results +main +full +success/)
      const freshness = await project.runWith({ environment }, 'source', 'freshness')
      expect(freshness).toMatchObject({ code: 0 })
      expect(await jobLines('--select', 'job:lab.*', '--instance', 'main')).toEqual({ 'lab.results': 0 })
      const { rows } = await own.database.query(
        'select name, base_url from bronze.dw_api_credentials order by id',
      )
      expect(rows).toEqual([
        { name: 'north', base_url: expect.stringMatching(/^postgresql:\/\/[^@?]+\/test_\w+$/) },
        { name: 'main', base_url: join(project.directory, 'exports') },
      ])
    })

    test('whose folder is gone fail alone: the others land, and what reads them waits', async () => {
      const [here, elsewhere] = ['exports', 'exports-elsewhere'].map((name) => join(project.directory, name))
      renameSync(here!, elsewhere!)
      try {
        const { code, stdout } = await project.runWith({ environment }, 'run')
        expect(code).toBe(1)
        expect(stdout).toMatch(/^✗ job +lab\.results .*SOURCE_UNREACHABLE/m)
        expect(stdout).toContain(`lab instance main: ${here} is no folder`)
        expect(stdout).toContain('→ Make it, or correct path: of the instance')
        expect(stdout).toMatch(/^✓ job +clinic\.patients/m)
        expect(stdout).toMatch(/^- model \S+balances +because lab\.results failed$/m)
        const debug = await project.runWith({ environment }, 'debug')
        expect(debug.code).toBe(1)
        expect(debug.stdout).toContain(`✗ source     lab instance main: ${here} is no folder\n`)
      } finally {
        renameSync(elsewhere!, here!)
      }
    })

    test('that cannot be reached, or refuse the login, fail alone; no password is told', async () => {
      const changed = (change: (url: URL) => void) => {
        const url = new URL(environment['CLINIC_URL']!)
        change(url)
        return { environment: { ...environment, CLINIC_URL: url.href } }
      }
      const away = await project.runWith(
        changed((url) => {
          url.searchParams.delete('host')
          url.host = '127.0.0.1:9'
        }),
        'extract',
      )
      expect(away.code).toBe(1)
      expect(away.stdout).toContain('clinic instance north cannot be reached')
      expect(away.stdout).toMatch(/^✓ job +lab\.results/m)
      const role = `locked_out_${process.pid}_${server.name}`
      await atSource(`create role ${role} nologin`)
      try {
        const refused = await project.runWith(
          changed((url) => {
            url.username = role
          }),
          'extract',
        )
        expect(refused.code).toBe(1)
        expect(refused.stdout).toContain('clinic instance north refuses our login')
        expect(refused.stdout).toContain('SOURCE_UNAUTHORIZED')
        for (const { stdout, stderr } of [away, refused])
          expect(stdout + stderr).not.toMatch(/in\+the\+url|in the url|s3cret/)
      } finally {
        await atSource(`drop role ${role}`)
      }
    })
  }),
)
