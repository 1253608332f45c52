import { setTimeout as delay } from 'node:timers/promises'
import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { cursor, instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from '../testing/record-server.ts'

describeDatabases('an API', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function serve(
    jobs: readonly EndpointJob[],
    answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
  ) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const idsIn = async (table: string) =>
    (
      await database().query<{ id: number }>(
        `select (data->>'id')::int as id from bronze.dim_${table}_staging order by 1`,
      )
    ).rows.map(({ id }) => id)
  const records = Array.from({ length: 60 }, (_, index) => ({ id: index + 1 }))

  test('that fails at seven records in a row loses none of the others', async () => {
    const scarred = job('scarred', { pageSize: 10, cursor: null })
    const isBad = ({ id }: { readonly id: number }) => id > 22 && id < 30
    const landing = await serve([scarred], ({ query }) => {
      const reply = pageOf(records, query)
      const { value } = reply.body as { readonly value: readonly { readonly id: number }[] }
      return value.some(isBad) ? { status: 500, body: {} } : reply
    })
    expect(await landing.land(scarred)).toMatchObject({ status: 'failed', counts: { unreadable: 7 } })
    expect(await idsIn('scarred')).toEqual(records.filter((record) => !isBad(record)).map(({ id }) => id))
  })

  test('that is down from some page on has no record to blame', async () => {
    const down = job('down', { pageSize: 10, cursor: null })
    let asked = 0
    const landing = await serve([down], ({ query }) => {
      asked += 1
      return asked > 2 ? { status: 500, body: {} } : pageOf(records, query)
    })
    await expect(landing.land(down)).rejects.toMatchObject({ code: 'SOURCE_FAILING' })
    const { rows } = await database().query(`select from strata.dead_letters where job = 'clinic.down'`)
    expect(rows).toHaveLength(0)
    expect(asked).toBeLessThan(60)
  })

  test('that writes local times without a zone moves no watermark into the walk', async () => {
    const local = job('local', { pageSize: 10, cursor: cursor({ lookbackSeconds: 0 }) })
    /** Eight hours west of UTC. */
    const localNow = () => new Date(Date.now() - 8 * 3_600_000).toISOString().slice(0, 23)
    let list = records.slice(0, 25).map(({ id }) => ({ id, modifiedDate: localNow() }))
    let asked = 0
    const landing = await serve([local], async ({ query }) => {
      asked += 1
      const reply = changedSince(list, query)
      await delay(30)
      if (asked === 1) {
        // The first has been read, and changes; then another changes that has not been.
        list = list.map((thing) => (thing.id === 1 ? { ...thing, modifiedDate: localNow() } : thing))
        await delay(30)
        list = list.map((thing) => (thing.id === 25 ? { ...thing, modifiedDate: localNow() } : thing))
      }
      return reply
    })
    await landing.land(local)
    await landing.land(local)
    const { rows } = await database().query<{ at: string }>(
      `select data->>'modifiedDate' as at from bronze.dim_local_staging where data->>'id' = '1'`,
    )
    expect(rows).toEqual([{ at: list[0]!.modifiedDate }])
  })
})

/** Compares the times as they are written, whatever zone the filter names. */
function changedSince(
  list: readonly { readonly id: number; readonly modifiedDate: string }[],
  query: URLSearchParams,
): RecordReply {
  const since = /modifiedDate ge (\S+?)Z/.exec(query.get('$filter') ?? '')?.[1] ?? ''
  return pageOf(
    list.filter(({ modifiedDate }) => modifiedDate >= since),
    query,
  )
}
