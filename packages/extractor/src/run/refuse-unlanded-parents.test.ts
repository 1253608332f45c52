import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'

describeOldestDatabase('slices whose parents have not landed', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  test('fail the instance that lacks them, until the source has said that there are none', async () => {
    const houses = job('houses', { cursor: null })
    const rooms = job('rooms', {
      endpoint: '/houses/{house}/rooms',
      slices: [{ parameter: 'house', from: houses.target, path: ['id'], match: {} }],
    })
    let isRefused = true
    server = await startRecordServer(({ path, query }) => {
      if (path.startsWith('/south')) return isRefused ? { status: 401, body: {} } : pageOf([], query)
      return pageOf([{ id: path }], query)
    })
    const instances = [
      instance({ address: `${server.url}/north` }),
      instance({
        id: 2,
        name: 'south',
        address: `${server.url}/south`,
        credentials: { api_key: 'key-of-south' },
      }),
    ]
    const landing = await prepareLanding(database(), [houses, rooms], instances)
    const runs = async () =>
      (
        await database().query(`
          select source_instance_id as instance, last_run_status as status from bronze.dw_etl_jobs
          where name = 'Rooms' order by 1`)
      ).rows
    await landing.land(houses)
    expect(await landing.land(rooms)).toMatchObject({
      status: 'failed',
      partial: true,
      message: expect.stringContaining(
        'south: nothing of instance south has landed in bronze.dim_houses_staging yet, which gives the slices of clinic.rooms',
      ),
    })
    expect(await runs()).toEqual([
      { instance: 1, status: 'success' },
      { instance: 2, status: 'failed' },
    ])
    isRefused = false
    // By another executor: one that was refused stays so.
    await landing.land(houses)
    expect((await landing.land(rooms)).status).toBe('success')
    expect(await runs()).toEqual([
      { instance: 1, status: 'success' },
      { instance: 2, status: 'success' },
    ])
  })
})
