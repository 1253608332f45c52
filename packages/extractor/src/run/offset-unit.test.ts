import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { connector, instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import { type RecordServer, startRecordServer } from '../testing/record-server.ts'

const paging = { kind: 'offset', offsetParam: 'from', limitParam: 'limit', totalPath: null } as const
const records = Array.from({ length: 25 }, (_, index) => ({ id: index + 1 }))

describeOldestDatabase('an offset without a total', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function land(table: string, pageAt: (from: number, limit: number) => readonly unknown[]) {
    server = await startRecordServer(({ query }) => ({
      body: { value: pageAt(Number(query.get('from')), Number(query.get('limit'))) },
    }))
    const things = job(table, { cursor: null, pageSize: 10, paging })
    const landing = await prepareLanding(
      database(),
      [things],
      [instance({ address: server.url })],
      connector({ kind: 'rest' }),
    )
    return () => landing.land(things)
  }

  test('that counts pages fails the job, which says how it is declared', async () => {
    const landOnce = await land('paged_offset', (from, limit) =>
      records.slice(from * limit, (from + 1) * limit),
    )
    await expect(landOnce()).rejects.toMatchObject({
      code: 'SOURCE_PAGING',
      message: expect.stringContaining('{ kind: page_number, page_param: from, base_page: 0 }'),
    })
    const { rows } = await database().query(
      "select status from strata.job_watermarks where job = 'clinic.paged_offset'",
    )
    expect(rows).toEqual([{ status: 'failed' }])
  })

  test('that counts records is found to do so once', async () => {
    const landOnce = await land('record_offset', (from, limit) => records.slice(from, from + limit))
    expect(await landOnce()).toMatchObject({ status: 'success', counts: { inserted: 25 } })
    const before = server.requests.length
    expect(await landOnce()).toMatchObject({ status: 'success', counts: { unchanged: 25 } })
    expect(server.requests.slice(before).some(({ query }) => query.get('from') === '1')).toBe(false)
  })

  test('that is rounded to pages, or refused between them, is taken as it is', async () => {
    for (const table of ['rounded_offset', 'strict_offset']) {
      const landOnce = await land(table, (from, limit) => {
        if (from % limit !== 0 && table === 'strict_offset') return []
        const place = from - (from % limit)
        return records.slice(place, Math.min(20, place + limit))
      })
      const outcome = await landOnce().catch(() => null)
      const { rows } = await database().query(`select data from bronze.dim_${table}_staging`)
      expect([table, outcome?.status, rows.length]).toEqual([table, 'success', 20])
      await server.close()
    }
  })
})
