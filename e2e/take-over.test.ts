import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeOldInstallation } from '../packages/extractor/src/testing/old-installation.ts'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { startSimulator } from '../packages/simulator/src/index.ts'
import { databaseContents } from './database-contents.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

const takeOver = ['source', 'take-over', 'clinical_conductor'] as const

describeServers('models source take-over', (server) =>
  describe.sequential('of an old installation', () => {
    let own: TestDatabase
    let project: ModelsProject

    beforeAll(async () => {
      own = await createTestDatabase(server)
      await makeOldInstallation(own.database, {
        schema: 'bronze',
        patients: 20_000,
        duplicateEach: 20,
        keylessEach: 100,
      })
      const nowhere = 'http://127.0.0.1:9'
      project = createModelsProject('clinic', {
        DATABASE_URL: own.url,
        CC_NORTH_URL: nowhere,
        CC_SOUTH_URL: nowhere,
        CC_NORTH_API_KEY: 'k-north',
        CC_SOUTH_API_KEY: 'k-south',
      })
    })
    afterAll(async () => {
      await project?.remove()
      await own?.drop()
    })

    test('is what extract asks for, before it sends a request', async () => {
      const { code, stderr } = await project.run('extract')
      expect(code).toBe(2)
      expect(stderr).toContain('[OLD_LANDING]')
      expect(stderr).toContain('models source take-over clinical_conductor --dry-run')
    })

    test('says in a dry run what would be done and what cannot be, and makes nothing', async () => {
      await own.database.query('drop schema strata cascade')
      const before = await databaseContents(own.database)
      const refused = await project.run(...takeOver, '--dry-run')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(
        /Not possible: 10200 rows of bronze\.dim_patients_staging do not say .*--instance north or south\.\n$/,
      )
      const possible = await project.run(...takeOver, '--dry-run', '--instance', 'north')
      expect(possible).toMatchObject({ code: 0 })
      expect(possible.stdout).toContain(
        [
          'bronze.dim_patients_staging: 23,200 rows',
          '  11,000 of north (1), as they say themselves',
          '  2,000 of south (2), as they say themselves',
          '  10,200 of north (1), as told',
        ].join('\n'),
      )
      expect(possible.stdout).toContain('  move records without a key to strata.dead_letters: 200 rows\n')
      expect(possible.stderr).toContain('Keys stay in the environment')
      expect(await databaseContents(own.database)).toEqual(before)
      expect(await project.run(...takeOver, '--instance', 'nort')).toMatchObject({ code: 2 })
      expect(await project.run('source', 'take-over', 'clinic')).toMatchObject({ code: 2 })
    })

    test('is gone on with after a kill -9, and then has nothing left to do', async () => {
      const killed = project.start({}, ...takeOver, '--instance', 'north')
      while (!killed.output().includes('of 23,200 rows') && killed.process.exitCode === null) await delay(5)
      killed.process.kill('SIGKILL')
      expect((await killed.ended).signal).toBe('SIGKILL')

      const finished = await project.run(...takeOver, '--instance', 'north')
      expect(finished).toMatchObject({ code: 0 })
      expect(finished.stdout).toContain('extract lands in these tables from now on')
      const { rows } = await own.database.query(`
        select count(*)::int as rows, count(distinct (source_instance_id, data->>'id'))::int as records,
          (select count(*)::int from strata.taken_over_rows where reason = 'duplicate') as aside,
          (select count(*)::int from strata.dead_letters) as dead
        from bronze.dim_patients_staging where source_id = source_instance_id::text`)
      expect(rows).toEqual([{ rows: 22_000, records: 22_000, aside: 1_000, dead: 200 }])
      expect(await project.run(...takeOver)).toMatchObject({
        code: 0,
        stdout: 'There is nothing left to take over.\n',
      })
    })

    test('lands from then on, warns of records without a key until they are dismissed, and marks none gone in bulk', async () => {
      const simulator = await startSimulator({ scale: 0.05 })
      const environment = Object.fromEntries(
        simulator.instances.flatMap(({ id, name, apiKey }) => [
          [`CC_${name.toUpperCase()}_URL`, simulator.url(id)],
          [`CC_${name.toUpperCase()}_API_KEY`, apiKey],
        ]),
      )
      const run = (...words: readonly string[]) => project.runWith({ environment }, ...words)
      const landed = await run('extract', '--select', 'patients')
      expect(landed).toMatchObject({ code: 0 })
      expect(landed.stdout).toContain('  200 in all in strata.dead_letters\n')
      expect(landed.stdout).toMatch(/→ `\S*models source replay clinical_conductor\.patients` lands those/)
      expect(landed.stdout).toMatch(
        /^ {2}north: 20,000 of 20,050 records are gone, more than max_deleted_share/m,
      )
      const dry = await run('source', 'replay', 'clinical_conductor', '--dry-run')
      expect(dry).toMatchObject({
        code: 1,
        stdout:
          'clinical_conductor.patients, instance north: 200 would stay open\n  200: the record has no key\n',
      })
      const dismissed = await run('source', 'replay', 'clinical_conductor', '--reason', 'no_key', '--dismiss')
      expect(dismissed).toMatchObject({ code: 0, stdout: '200 dead letters dismissed.\n' })
      const again = await run('extract', '--select', 'patients')
      expect(again).toMatchObject({ code: 0 })
      expect(again.stdout).not.toContain('dead_letters')
      const { rows } = await own.database.query(`
        select count(*)::int as rows, count(deleted_at)::int as gone from bronze.dim_patients_staging`)
      expect(rows).toEqual([{ rows: 22_100, gone: 0 }])
      await simulator.close()
    })
  }),
)
