import { migrate } from '@strata/postgres'
import { createTestDatabase, describeOldestServer, type TestDatabase } from '@strata/postgres/testing'
import { createClock, type Simulator, startSimulator } from '@strata/simulator'
import sql from 'sql-template-tag'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { extractorMigrations } from './index.ts'
import { killedLanding } from './testing/killed-landing.ts'
import { instance, job, prepareLanding } from './testing/landing-fixture.ts'

const path = '/api/v1/things/odata'
const records = Array.from({ length: 55 }, (_, index) => ({
  id: index + 1,
  modifiedDate: `2024-05-01T00:00:${String(index).padStart(2, '0')}Z`,
}))

describeOldestServer('a landing that is killed', (server) => {
  let own: TestDatabase
  let simulator: Simulator
  beforeAll(async () => {
    own = await createTestDatabase(server)
    await migrate(own.database, 'extractor', extractorMigrations)
  })
  afterAll(() => own.drop())
  afterEach(() => simulator.close())

  for (const pages of [1, 2, 6, 10, 11])
    test(`with -9 after page ${pages} is gone on with, and nothing is lost or doubled`, async () => {
      simulator = await startSimulator({
        clock: createClock(new Date('2024-06-01T00:00:00Z')),
        instances: [{ id: 1, name: 'north', apiKey: 'key-of-north' }],
        collections: { [path]: { records } },
      })
      const name = `killed${pages}`
      const things = job(name, { endpoint: path, pageSize: 5 })
      const reached = instance({ address: simulator.url(1), credentials: { api_key: simulator.apiKey(1) } })
      const landing = await prepareLanding(own.database, [things], [reached])

      expect(
        await killedLanding({ url: own.url, job: things, instances: [reached], records: 5 * pages }),
      ).toBe('SIGKILL')
      const {
        rows: [{ landed } = { landed: 0 }],
      } = await own.database.query<{ landed: number }>(
        `select count(*)::int as landed from bronze.dim_${name}_staging`,
      )
      expect(landed).toBeGreaterThanOrEqual(5 * pages)
      const before = simulator.requests.total
      const { counts } = await landing.land(things)

      const { rows } = await own.database.query(
        `select count(*)::int as rows, count(distinct data->>'id')::int as keys from bronze.dim_${name}_staging`,
      )
      expect(rows).toEqual([{ rows: 55, keys: 55 }])
      // Not from the beginning.
      expect(counts.fetched).toBe(55 - landed)
      expect(simulator.requests.total - before).toBeLessThanOrEqual(11 - pages + 2)
      const { rows: state } = await own.database.query(
        sql`select status, place, watermark_text from strata.job_watermarks where job = ${`clinic.${name}`}`,
      )
      expect(state).toEqual([{ status: 'complete', place: null, watermark_text: '2024-05-01T00:00:54Z' }])
      const { rows: runs } = await own.database.query(sql`
        select r.run_status from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id
        where j.name = ${things.name} order by r.run_id`)
      expect(runs).toEqual([{ run_status: 'failed' }, { run_status: 'success' }])
    })
})
