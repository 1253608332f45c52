import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMariadbDatabase, type MariadbDatabase } from '../packages/extractor/src/testing/mariadb.ts'
import { findMariadb } from '../packages/extractor/src/testing/mariadb-server.ts'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

/** Without tables, and with a template where the address is. */
const sources = `
version: 2
sources:
  - name: clinic
    connector:
      kind: postgres
      instances: [{ id: 601, name: north, url: "{{ env_var('STRATA_CLINIC_URL') }}" }]
  - name: dental
    connector:
      kind: mysql
      instances: [{ id: 602, name: main, url: { env: DENTAL_URL }, password: { env: DENTAL_PASSWORD } }]
`

const title = 'the analysis of a source, by the command line'
describe.skipIf(findMariadb() === null && !process.env['STRATA_REQUIRE_SERVER'])(title, () => {
  describeServers('with databases', (server) =>
    describe.sequential('of two kinds', () => {
      let own: TestDatabase
      let there: TestDatabase
      let dental: MariadbDatabase
      let project: ModelsProject
      let environment: { readonly [name: string]: string }

      const analyze = (...words: readonly string[]) =>
        project.runWith({ environment }, 'source', 'analyze', ...words)

      /** Changes rows between the two readings. */
      async function verify(source: string, change: () => Promise<unknown>) {
        const running = project.start(
          { environment },
          ...['source', 'analyze', source, '--verify', '--wait', '2s', '--tables', 'visits'],
        )
        while (!running.output().includes('Waiting 2.0s')) {
          if (running.process.exitCode !== null) break
          await sleep(20)
        }
        await change()
        return await running.ended
      }

      beforeAll(async () => {
        own = await createTestDatabase(server)
        there = await createTestDatabase(server)
        dental = await createMariadbDatabase()
        await there.database.query({
          text: `
            create table visits (id bigint primary key, note text, born date, updated_at timestamptz not null, row_version int not null);
            insert into visits select n, 'a', '1970-01-01', now() - n * interval '1 day', 1 from generate_series(1, 200) n`,
          script: true,
        })
        await dental.query(`
          create table visits (VisitNum bigint primary key, Note text, SecDateTEdit timestamp not null default current_timestamp on update current_timestamp, DateEntry date not null);
          insert into visits select seq, 'a', now() - interval seq day, curdate() - interval seq day from seq_1_to_200`)
        environment = {
          DATABASE_URL: own.url,
          STRATA_CLINIC_URL: there.url,
          DENTAL_URL: dental.address,
          DENTAL_PASSWORD: dental.credentials.password,
        }
        project = createModelsProject('empty')
        mkdirSync(join(project.directory, 'sources'))
        project.write('strata.yml', 'name: practice\n')
        project.write('sources/sources.yml', sources)
      })
      afterAll(async () => {
        await project?.remove()
        await own?.drop()
        await there?.drop()
        await dental?.drop()
      })

      test('prints what belongs under tables:, no line of it wider than a hundred columns', async () => {
        for (const [source, key, column] of [
          ['clinic', 'id', 'updated_at'],
          ['dental', 'VisitNum', 'SecDateTEdit'],
        ] as const) {
          const { code, stdout, stderr } = await analyze(source)
          expect(code, stderr).toBe(0)
          expect(stdout).toContain(`      - name: visits\n        identifier: ${source}_visits_staging\n`)
          expect(stdout).toContain(`          key: ${key}\n          watermark:\n            columns:\n`)
          expect(stdout).toContain(`- ${column}\n`)
          expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
          expect(stderr).toContain('1 table: 1 by increments.')
        }
      })

      test('says how much time a statement may have, where one has too little', async () => {
        const { code, stderr } = await analyze('dental', '--statement-timeout', '0s')
        expect([code, stderr]).toEqual([2, expect.stringContaining('--statement-timeout')])
      })

      test('proves which columns tell of changes, with a wait between two readings', async () => {
        const postgres = await verify('clinic', () =>
          there.database.query(
            `update visits set note = 'b', row_version = row_version + 1, updated_at = case when id % 2 = 0 then now() else updated_at end where id <= 20`,
          ),
        )
        expect(postgres.stdout).toMatch(/^clinic\.visits: 200 rows read/m)
        expect(postgres.stdout).toMatch(/^clinic\.visits: 20 of 200 rows changed since .* UTC\.$/m)
        expect(postgres.stdout).toMatch(/^ {4}row_version {2}missed 0 of 20 \(0\.0 %\)$/m)
        expect(postgres.stdout).toMatch(/^ {4}updated_at {3}missed 10 of 20 \(50\.0 %\)$/m)
        expect(postgres.code).toBe(0)
        const mariadb = await verify('dental', () =>
          dental.query(`update visits set Note = 'b' where VisitNum <= 20`),
        )
        expect(mariadb.stdout).toMatch(/^ {4}SecDateTEdit {2}missed 0 of 20 /m)
        expect(mariadb.stdout).toMatch(/^ {4}DateEntry {5}missed 20 of 20 /m)
        expect(mariadb.code).toBe(0)
      })

      test('names the sources that there are, also those without tables', async () => {
        const { code, stderr } = await analyze('clinics')
        expect([code, stderr]).toEqual([2, expect.stringContaining('There is clinic, dental.')])
      })
    }),
  )
})
