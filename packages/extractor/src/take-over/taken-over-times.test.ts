import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  closeStuckRuns,
  extractorMigrations,
  foreseeReplay,
  readJobRuns,
  readJobStatistics,
  readJobStatus,
  readLastWalk,
  takeOver,
} from '../index.ts'
import { resolveLanded } from '../run/open-letters.ts'
import {
  instance,
  type Landing,
  patients,
  prepareLanding,
  studies,
  subjects,
} from '../testing/landing-fixture.ts'
import { makeOldInstallation } from '../testing/old-installation.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'

const hour = 3600
const withoutCursor = { ...patients, cursor: null }

for (const zone of ['America/Chicago', 'Asia/Tokyo']) {
  describeServers(`times of a database in ${zone} that was taken over`, (server) => {
    let made: TestDatabase
    let api: RecordServer
    let landing: Landing

    beforeAll(async () => {
      made = await createTestDatabase(server)
      const { database } = made
      await makeOldInstallation(database, {
        schema: 'bronze',
        patients: 40,
        duplicateEach: 100,
        keylessEach: 100,
        zone,
      })
      await migrate(database, 'extractor', extractorMigrations)
      await takeOver({
        database,
        landingSchema: 'bronze',
        source: 'clinic',
        jobs: [studies, patients, subjects],
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
      api = await startRecordServer(({ query }) => pageOf([{ id: 1 }], query))
      const north = instance({ address: api.url, simulated: false })
      landing = await prepareLanding(database, [studies, patients, subjects], [north])
    }, 60_000)
    afterAll(async () => {
      await api.close()
      await made.drop()
    })

    const run = async (text: string) =>
      await made.database.session(async (session) => await session.query({ script: true, text }))

    test('tell how old what the old loader landed is', async () => {
      const walk = await readLastWalk(made.database, 'bronze', patients, [1])
      expect(walk.ageSeconds! / hour).toBeCloseTo(3, 1)
      const [status] = await readJobStatus(made.database, 'bronze', [{ job: patients, instanceId: 1 }])
      expect(status!.ageSeconds! / hour).toBeCloseTo(3, 1)
      const runs = await readJobRuns(made.database, 'bronze', 50)
      const old = runs.find(({ runId }) => runId === 1)!
      expect((Date.now() - Date.parse(old.startedAt!)) / 1000 / hour).toBeCloseTo(3, 1)
      expect(old.milliseconds! / 1000 / hour).toBeCloseTo(1, 1)
    })

    test('end the week of the statistics where it ends', async () => {
      await made.database.query(`
        insert into bronze.dw_etl_runs (run_id, job_id, run_status, started_at, completed_at)
        select 800 + age, 2, 'failed', now() - make_interval(hours => age), now() from unnest(array[167, 169]) as age`)
      const studied = (await readJobStatistics(made.database, 'bronze')).find(
        ({ name }) => name === 'Studies',
      )
      await made.database.query('delete from bronze.dw_etl_runs where run_id > 800')
      expect(studied).toMatchObject({ failed: 1 })
      expect((Date.now() - Date.parse(studied!.lastFailedAt!)) / 1000 / hour).toBeCloseTo(167, 1)
    })

    test('leave alone what has landed within refresh_after, and nothing else', async () => {
      const four = await landing.land({ ...patients, refreshAfterSeconds: 4 * hour })
      expect(four.action).toBe('skip')
      const two = await landing.land({ ...patients, refreshAfterSeconds: 2 * hour })
      expect(two.action).toBe('land')
      const again = await landing.land({ ...patients, refreshAfterSeconds: 0.2 * hour })
      expect(again.action).toBe('skip')
      expect((await readLastWalk(made.database, 'bronze', patients, [1])).ageSeconds).toBeLessThan(120)
    })

    test('close runs that nobody knows after a day', async () => {
      await run(`
        insert into bronze.dw_etl_jobs (id, name, source_endpoint, target_table) values (900, 'Unknown', '/', 'none');
        insert into bronze.dw_etl_runs (run_id, job_id, run_status, started_at)
        values (901, 900, 'running', now() - interval '23 hours'), (902, 900, 'running', now() - interval '25 hours')`)
      expect(await closeStuckRuns(made.database, 'bronze', [])).toMatchObject([{ runId: 902 }])
      const { rows } = await made.database.query<{ seconds: number }>(`
        select abs(extract(epoch from completed_at - started_at))::float8 as seconds
        from bronze.dw_etl_runs where run_id = 902`)
      expect(rows[0]!.seconds).toBeLessThan(1)
    })

    test('tell whether a dead letter is older than what bronze holds', async () => {
      // The old loader wrote these rows 48 hours ago.
      await run(`
        delete from strata.dead_letters;
        insert into strata.dead_letters (landing_schema, job, instance_id, slice, reason, record, record_hash, created_at)
        select 'bronze', 'clinic.patients', 1, '{}', 'unstorable_text', jsonb_build_object('id', id, 'name', 'Mary'),
          decode(md5(id::text), 'hex'), now() - make_interval(hours => age)
        from (values (20, 49), (22, 47)) as v (id, age)`)
      const letters = { job: withoutCursor, instanceId: 1, landingSchema: 'bronze' }
      const foreseen = await foreseeReplay({
        ...letters,
        database: made.database,
        filter: { reason: null, ids: null },
        signal: new AbortController().signal,
      })
      expect(foreseen).toMatchObject({ landed: 1, superseded: 1 })
      const north = instance({ address: api.url, simulated: false })
      await resolveLanded({ ...letters, database: made.database, instance: north })
      const { rows } = await made.database.query(`
        select record->>'id' as id from strata.dead_letters where resolution = 'superseded'`)
      expect(rows).toEqual([{ id: '20' }])
    })
  })
}
