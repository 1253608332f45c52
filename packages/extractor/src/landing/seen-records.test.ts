import { expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { forgetSeen } from './seen-records.ts'

describeDatabases('what a walk has seen', (database) => {
  test('is not forgotten by a process whose run another one has taken over', async () => {
    const swept = job('swept')
    await prepareLanding(database(), [swept], [instance({ address: 'http://127.0.0.1:1' })])
    await database().query(`
      insert into strata.seen_records (landing_schema, job, instance_id, slice, ids)
      values ('${landingSchema}', 'clinic.swept', 1, '{}', '{1}')`)
    const place = { landingSchema, job: swept, instanceId: 1, parameters: {} }
    for (const [status, left] of [
      ['failed', 1],
      ['running', 0],
    ] as const) {
      const { rows } = await database().query<{ run_id: number }>(
        `insert into ${landingSchema}.dw_etl_runs (run_status) values ('${status}') returning run_id`,
      )
      await forgetSeen(database(), { ...place, runId: rows[0]!.run_id })
      const { rowCount } = await database().query('select from strata.seen_records')
      expect(rowCount, status).toBe(left)
    }
  })
})
