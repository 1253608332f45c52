import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { readJobStatus } from './status/read-job-status.ts'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from './testing/landing-fixture.ts'
import {
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

interface Thing {
  readonly id: number
  readonly modifiedDate?: string
  readonly name?: string
}

describeDatabases('records that are gone from the source', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function serve(answer: (request: RecordRequest) => RecordReply, jobs: readonly EndpointJob[]) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const full = (table: string, over: Partial<EndpointJob> = {}) => job(table, { cursor: null, ...over })
  const things = (...ids: readonly number[]): Thing[] =>
    ids.map((id) => ({ id, modifiedDate: `2024-05-01T00:00:0${id % 10}Z` }))
  const rowsOf = async (table: string) =>
    (
      await database().query<{ id: string; gone: boolean }>(`
        select data->>'id' as id, deleted_at is not null as gone from bronze.dim_${table}_staging
        order by (data->>'id')::int`)
    ).rows
  const goneIn = async (table: string) => (await rowsOf(table)).filter(({ gone }) => gone).map(({ id }) => id)
  const agoIn = (table: string) =>
    database().query(
      `update strata.job_watermarks set swept_at = swept_at - interval '2 days', walked_at = walked_at - interval '2 days' where job = 'clinic.${table}'`,
    )

  test('are marked by a full load, and alive again when they come back', async () => {
    const coming = full('coming')
    let list = things(1, 2, 3)
    const landing = await serve(({ query }) => listOf(list, query), [coming])
    expect((await landing.land(coming)).counts).toMatchObject({ inserted: 3, deleted: 0 })
    list = things(1, 3)
    expect(await landing.land(coming)).toMatchObject({
      status: 'success',
      counts: { changed: 0, unchanged: 2, deleted: 1 },
    })
    expect(await goneIn('coming')).toEqual(['2'])
    expect((await landing.land(coming)).counts).toMatchObject({ deleted: 0 })
    list = things(1, 2, 3)
    expect((await landing.land(coming)).counts).toMatchObject({ changed: 1, deleted: 0 })
    expect(await goneIn('coming')).toEqual([])
    const { rows } = await database().query('select count(*)::int as pages from strata.seen_records')
    expect(rows).toEqual([{ pages: 0 }])
  })

  test('in too great a number are told by the status until they are back, or marked', async () => {
    const shrunk = full('shrunk')
    const ids = Array.from({ length: 30 }, (_, index) => index + 1)
    let list = things(...ids)
    const landing = await serve(({ query }) => listOf(list, query), [shrunk])
    const refusedOf = async () =>
      (await readJobStatus(database(), landingSchema, [{ job: shrunk, instanceId: 1 }]))[0]!.refused
    await landing.land(shrunk)
    expect(await refusedOf()).toBeNull()
    list = things(...ids.slice(0, 5))
    expect((await landing.land(shrunk)).status).toBe('warned')
    expect(await refusedOf()).toBe(25)
    list = things(...ids.slice(0, 7))
    await landing.land(shrunk)
    expect(await refusedOf()).toBe(23)
    list = things(...ids)
    await landing.land(shrunk)
    expect(await refusedOf()).toBeNull()
    list = things(...ids.slice(0, 5))
    await landing.land(shrunk)
    await landing.land({ ...shrunk, maxDeletedShare: 1 })
    expect(await refusedOf()).toBeNull()
    expect(await goneIn('shrunk')).toHaveLength(25)
  })

  test('are found by the sweep of a job that is read by increments, with what those have missed', async () => {
    const swept = job('swept', { sweep: { everySeconds: 24 * 3600 } })
    let list = things(1, 2, 3)
    const landing = await serve(({ query }) => listOf(list, query), [swept])
    await landing.land(swept)
    // Changed and created without a change time that tells.
    list = [...things(1), { ...things(3)[0]!, name: 'late' }, { id: 4, modifiedDate: '2024-04-01T00:00:00Z' }]
    expect(await landing.land(swept)).toMatchObject({
      message: 'incremental',
      counts: { deleted: 0, missed: 0 },
    })
    expect(await goneIn('swept')).toEqual([])
    await agoIn('swept')
    list = [...list, { id: 5, modifiedDate: '2024-06-01T00:00:00Z' }]
    expect(await landing.land(swept)).toMatchObject({
      status: 'success',
      message: expect.stringContaining('1 that increments had missed'),
      counts: { inserted: 2, deleted: 1, missed: 1 },
    })
    expect(await goneIn('swept')).toEqual(['2'])
    expect((await landing.land(swept)).message).toBe('incremental')
    const { rows } = await database().query(
      "select counts->>'missed' as missed, counts->>'deleted' as deleted from strata.job_runs where job = 'clinic.swept' order by run_id",
    )
    expect(rows.map(({ missed, deleted }) => [missed, deleted])).toEqual([
      ['0', '0'],
      ['0', '0'],
      ['1', '1'],
      ['0', '0'],
    ])
    // What comes back as it was has not been missed by any increment.
    await agoIn('swept')
    list = [...list, ...things(2)]
    expect((await landing.land(swept)).counts).toMatchObject({ changed: 1, missed: 0 })
  })

  test('are left alone and told where they are too many, and looked for again', async () => {
    const capped = job('capped', { sweep: { everySeconds: 24 * 3600 } })
    const all = Array.from({ length: 100 }, (_, id) => ({ id, modifiedDate: '2024-05-01T00:00:00Z' }))
    let list: readonly Thing[] = all
    const landing = await serve(({ query }) => listOf(list, query), [capped])
    await landing.land(capped)
    await agoIn('capped')
    list = all.slice(42)
    for (const way of ['first', 'again']) {
      expect(await landing.land(capped), way).toMatchObject({
        status: 'warned',
        message: expect.stringContaining(
          '42 of 100 records are gone, more than max_deleted_share (5 %) allows: nothing was marked',
        ),
        counts: { deleted: 0 },
      })
    }
    list = []
    expect(await landing.land({ ...capped, maxDeletedShare: 0.99 })).toMatchObject({ status: 'warned' })
    expect(await goneIn('capped')).toEqual([])
    list = all.slice(42)
    expect(await landing.land({ ...capped, maxDeletedShare: 0.5 })).toMatchObject({
      status: 'success',
      counts: { deleted: 42 },
    })
  })

  test('are not marked by a walk that fails (R16), and the one that goes on marks only them', async () => {
    const broken = full('broken', { pageSize: 2 })
    let list = things(1, 2, 3, 4, 5, 6)
    let failing = false
    const landing = await serve(
      ({ query }) => {
        const reply = listOf(list, query)
        return failing && idsOf(reply).includes(4) ? { status: 401, body: {} } : reply
      },
      [broken],
    )
    await landing.land(broken)
    list = things(1, 3, 4, 5)
    failing = true
    await expect(landing.land(broken)).rejects.toMatchObject({ code: expect.any(String) })
    expect(await goneIn('broken')).toEqual([])
    failing = false
    const before = server!.requests.length
    expect((await landing.land(broken)).counts).toMatchObject({ deleted: 2 })
    expect(await goneIn('broken')).toEqual(['2', '6'])
    expect(idsOf(listOf(list, server!.requests[before]!.query))).not.toContain(1)
  })

  test('are none after a first load that was cut off and gone on with', async () => {
    const cut = full('cut', { pageSize: 2 })
    const list = things(1, 2, 3, 4, 5)
    let failing = true
    const landing = await serve(
      ({ query }) => {
        const reply = listOf(list, query)
        return failing && idsOf(reply).includes(4) ? { status: 401, body: {} } : reply
      },
      [cut],
    )
    await landing.land(cut).catch(() => {})
    expect(await rowsOf('cut')).not.toHaveLength(5)
    failing = false
    expect((await landing.land(cut)).counts).toMatchObject({ deleted: 0 })
    expect(await rowsOf('cut')).toHaveLength(5)
    expect(await goneIn('cut')).toEqual([])
    list.splice(0, 1)
    expect((await landing.land(cut)).counts).toMatchObject({ deleted: 1 })
  })

  test('stay with all others and the watermark when a full refresh fails, and leave when it succeeds', async () => {
    const refreshed = job('refreshed', { pageSize: 2 })
    let list = things(1, 2, 3, 4)
    let failing = false
    const landing = await serve(
      ({ query }) => {
        const reply = listOf(list, query)
        return failing && idsOf(reply).includes(4) ? { status: 401, body: {} } : reply
      },
      [refreshed],
    )
    await landing.land(refreshed)
    const watermark = async () =>
      (
        await database().query(
          "select watermark_text from strata.job_watermarks where job = 'clinic.refreshed'",
        )
      ).rows
    const before = await watermark()
    list = things(1, 3, 4)
    failing = true
    await expect(landing.land(refreshed, { fullRefresh: true })).rejects.toMatchObject({ status: 401 })
    expect(await rowsOf('refreshed')).toEqual(['1', '2', '3', '4'].map((id) => ({ id, gone: false })))
    expect(await watermark()).toEqual(before)
    failing = false
    list = [...things(1, 3), { id: 4, modifiedDate: '2023-01-01T00:00:00Z' }]
    expect((await landing.land(refreshed, { fullRefresh: true })).counts).toMatchObject({ deleted: 1 })
    expect(await goneIn('refreshed')).toEqual(['2'])
    expect(await watermark()).toEqual(before)
  })

  test('without an order are gone when two full walks have missed them', async () => {
    const drifting = full('drifting', { pageSize: 2, key: [{ field: ['code'] }] })
    const all = ['a', 'b', 'c', 'd', 'e'].map((code) => ({ code }))
    let list = all
    const landing = await serve(
      ({ query }) => {
        if (query.has('$orderby') || query.has('$filter')) return { status: 400, body: {} }
        const skip = Number(query.get('$skip') ?? 0)
        return { body: { value: list.slice(skip, skip + Number(query.get('$top'))) } }
      },
      [drifting],
    )
    await landing.land(drifting)
    list = all.slice(1)
    expect(await landing.land(drifting)).toMatchObject({
      message: expect.stringContaining('1 missing: gone if the next full walk misses them too'),
      counts: { deleted: 0 },
    })
    expect((await landing.land(drifting)).counts).toMatchObject({ deleted: 1 })
  })

  test('cannot be told while a record is unreadable, which may be any of them', async () => {
    const poisoned = full('poisoned', { pageSize: 4 })
    let list = things(1, 2, 3, 4)
    let poison = false
    const landing = await serve(
      ({ query }) => {
        const reply = listOf(list, query)
        return poison && idsOf(reply).includes(2) ? { status: 500, body: {} } : reply
      },
      [poisoned],
    )
    await landing.land(poisoned)
    list = things(1, 2, 4)
    poison = true
    expect(await landing.land(poisoned)).toMatchObject({
      status: 'failed',
      counts: { unreadable: 1, deleted: 0 },
    })
    expect(await goneIn('poisoned')).toEqual([])
    poison = false
    expect((await landing.land(poisoned)).counts).toMatchObject({ deleted: 1 })
    expect(await goneIn('poisoned')).toEqual(['3'])
  })

  test('are not those that cannot be stored as they are now', async () => {
    const odd = full('odd')
    let body = '{"value":[{"id":1,"t":"a"},{"id":2,"t":"b"},{"id":3,"t":"c"}]}'
    const landing = await serve(
      ({ query }) =>
        Number(query.get('$skip') ?? 0) > 0 || query.has('$filter') ? { body: { value: [] } } : { body },
      [odd],
    )
    await landing.land(odd)
    body = String.raw`{"value":[{"id":1,"t":"a\u0000"},{"id":3,"t":"c"}]}`
    await landing.land(odd)
    await landing.land(odd)
    expect(await goneIn('odd')).toEqual(['2'])
  })

  test('in one slice are not those that moved to another, and leave with a slice that is gone', async () => {
    const studies = full('homes')
    const people = job('people', {
      endpoint: '/homes/{homeId}/people',
      slices: [{ parameter: 'homeId', from: studies.target, path: ['id'], match: {} }],
      sweep: { everySeconds: 24 * 3600 },
      maxDeletedShare: 0.6,
    })
    let homes: { [id: string]: Thing[] } = { 1: things(11, 12), 2: things(21), 3: things(31, 32) }
    const landing = await serve(
      ({ path, query }) => {
        if (path.startsWith('/homes/odata'))
          return listOf(
            Object.keys(homes).map((id) => ({ id: Number(id) })),
            query,
          )
        const list = homes[path.split('/')[2]!]
        return list === undefined ? { status: 404, body: {} } : listOf(list, query)
      },
      [studies, people],
    )
    const landBoth = async () => {
      await landing.land(studies)
      return await landing.land(people)
    }
    await landBoth()
    homes = { 1: things(11), 2: things(12), 3: things(31, 32) }
    await agoIn('people')
    expect((await landBoth()).counts).toMatchObject({ deleted: 1, missed: 0 })
    expect(await goneIn('people')).toEqual(['21'])

    homes = { 1: things(11), 2: things(12) }
    expect((await landBoth()).counts).toMatchObject({ deleted: 2 })
    expect(await goneIn('people')).toEqual(['21', '31', '32'])

    homes = { 1: things(11), 2: things(12), 3: things(31, 32) }
    expect((await landBoth()).counts).toMatchObject({ changed: 2 })
    expect(await goneIn('people')).toEqual(['21'])
    const { rows } = await database().query(
      "select context->>'homeId' as home from bronze.dim_people_staging where data->>'id' = '12'",
    )
    expect(rows).toEqual([{ home: '2' }])
  })

  test('are not those that a backfill brought while a walk over everything was cut off', async () => {
    const beside = job('beside', { pageSize: 2, sweep: { everySeconds: 24 * 3600 } })
    let list = things(1, 2, 3, 4, 5)
    let failing = false
    const landing = await serve(
      ({ query }) => {
        const reply = listOf(list, query)
        return failing && idsOf(reply).includes(4) ? { status: 401, body: {} } : reply
      },
      [beside],
    )
    await landing.land(beside)
    await agoIn('beside')
    failing = true
    await expect(landing.land(beside)).rejects.toMatchObject({ status: 401 })
    failing = false
    list = [{ id: 0, modifiedDate: '2024-07-01T00:00:00Z' }, ...list]
    await landing.land(beside, { window: { since: '2024-06-01T00:00:00.000Z', until: null } })
    const before = server!.requests.length
    expect((await landing.land(beside)).counts).toMatchObject({ deleted: 0 })
    expect(idsOf(listOf(list, server!.requests[before]!.query))).not.toContain(0)
    expect(await goneIn('beside')).toEqual([])
    expect(await rowsOf('beside')).toHaveLength(6)
  })

  test('are those of a slice whose parent is gone, also where a backfill or a walk that was cut off had just brought them', async () => {
    const shelves = full('shelves')
    const books = job('books', {
      endpoint: '/shelves/{shelf}/books',
      slices: [{ parameter: 'shelf', from: shelves.target, path: ['id'], match: {} }],
      pageSize: 1,
      maxDeletedShare: 1,
    })
    let held: { [id: string]: Thing[] } = { 1: things(11), 2: things(21), 3: things(31, 32) }
    let failing = false
    const landing = await serve(
      ({ path, query }) => {
        const [, , shelf] = path.split('/')
        if (shelf === 'odata')
          return listOf(
            Object.keys(held).map((id) => ({ id: Number(id) })),
            query,
          )
        const reply = listOf(held[shelf!] ?? [], query)
        return failing && idsOf(reply).includes(32) ? { status: 401, body: {} } : reply
      },
      [shelves, books],
    )
    await landing.land(shelves)
    await landing.land(books)
    failing = true
    await landing.land(books, { fullRefresh: true }).catch(() => {})
    failing = false
    await landing.land(books, { window: { since: '2024-01-01T00:00:00.000Z', until: null } })
    held = { 1: things(11) }
    await landing.land(shelves)
    expect((await landing.land(books, { fullRefresh: true })).counts).toMatchObject({ deleted: 3 })
    expect(await goneIn('books')).toEqual(['21', '31', '32'])
  })

  test('are not looked for by a backfill', async () => {
    const filled = job('filled', { sweep: { everySeconds: 1 } })
    let list = things(1, 2, 3)
    const landing = await serve(({ query }) => listOf(list, query), [filled])
    await landing.land(filled)
    list = things(1)
    await landing.land(filled, { window: { since: '2024-01-01T00:00:00.000Z', until: null } })
    expect(await goneIn('filled')).toEqual([])
  })
})

/** `$filter` by `id gt` and by the change time, `$skip`, `$top`, `$count`, in the order of the ids. */
function listOf(records: readonly Thing[], query: URLSearchParams): RecordReply {
  const found = (query.get('$filter') ?? '').split(' and ').reduce((list, condition) => {
    const beyond = /^id gt (\d+)$/.exec(condition)?.[1]
    const since = /^modifiedDate ge (\S+)$/.exec(condition)?.[1]
    if (beyond !== undefined) return list.filter(({ id }) => id > Number(beyond))
    if (since !== undefined)
      return list.filter(({ modifiedDate = '' }) => Date.parse(modifiedDate) >= Date.parse(since))
    return condition.endsWith('eq null') ? [] : list
  }, records)
  const skip = Number(query.get('$skip') ?? 0)
  return {
    body: {
      ...(query.get('$count') === 'true' && { '@odata.count': found.length }),
      value: found.slice(skip, skip + Number(query.get('$top') ?? 1000)),
    },
  }
}

function idsOf({ body }: RecordReply): readonly number[] {
  return (body as { readonly value: readonly Thing[] }).value.map(({ id }) => id)
}
