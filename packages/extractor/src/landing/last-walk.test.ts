import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'
import { readLastWalk } from './last-walk.ts'

describeDatabases('the last complete walk', (database) => {
  let server: RecordServer
  afterEach(() => server?.close())

  test('of a database where nothing has landed is none', async () => {
    expect(await readLastWalk(database(), 'nowhere', job('walked'), [1])).toMatchObject({
      at: null,
      ageSeconds: null,
      instances: 1,
    })
  })

  test('is known as well where an older version keeps the state', async () => {
    server = await startRecordServer(({ query }) => pageOf([{ id: 1 }], query))
    const early = job('early')
    const landing = await prepareLanding(database(), [early], [instance({ address: server.url })])
    await landing.land(early)
    await database().query('alter function strata.stored_instant(text, timestamptz) rename to not_yet')
    const walk = await readLastWalk(database(), 'bronze', early, [1])
    await database().query('alter function strata.not_yet(text, timestamptz) rename to stored_instant')
    expect(walk.ageSeconds).toBeLessThan(120)
  })

  test('is that of the instance that is furthest behind, and a failed one does not count', async () => {
    let broken = false
    server = await startRecordServer(({ query }) =>
      broken ? { status: 401, body: '' } : pageOf([{ id: 1 }], query),
    )
    const walked = job('walked')
    const both = [
      instance({ address: server.url }),
      instance({ address: server.url, id: 2, name: 'south', credentials: { api_key: 'key-of-south' } }),
    ]
    const landing = await prepareLanding(database(), [walked], both)
    expect(await readLastWalk(database(), 'bronze', walked, [1, 2])).toMatchObject({ at: null, instances: 2 })
    await landing.land(walked)
    const first = await readLastWalk(database(), 'bronze', walked, [1, 2])
    expect(first).toMatchObject({ at: expect.stringMatching(/^20.*Z$/), instances: 2 })
    expect(first.ageSeconds).toBeLessThan(120)
    const north = await readLastWalk(database(), 'bronze', walked, [1])

    broken = true
    await landing.land(walked).catch(() => {})
    expect((await readLastWalk(database(), 'bronze', walked, [1, 2])).at).toBe(first.at)

    const aged = (id: number, by: string) =>
      database().query(`update bronze.dw_etl_runs r set started_at = started_at - interval '${by}'
        from bronze.dw_etl_jobs j where j.id = r.job_id and j.name = 'Walked' and j.source_instance_id = ${id}`)
    await aged(2, '2 days')
    expect((await readLastWalk(database(), 'bronze', walked, [1, 2])).ageSeconds).toBeGreaterThan(172_800)
    expect((await readLastWalk(database(), 'bronze', walked, [1])).ageSeconds).toBeLessThan(120)
    await database().query(
      `update bronze.dw_etl_jobs set is_active = false where name = 'Walked' and source_instance_id = 2`,
    )
    expect(await readLastWalk(database(), 'bronze', walked, [1, 2])).toMatchObject({
      at: north.at,
      instances: 1,
    })
  })
})
