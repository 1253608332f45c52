import { setTimeout as delay } from 'node:timers/promises'
import type { ApiConnector, EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { connector, instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from '../testing/record-server.ts'

interface Thing {
  readonly id: number
}

describeOldestDatabase('pages are asked for ahead', (database) => {
  let server: RecordServer
  afterEach(() => server.close())
  let most = 0

  async function land(
    landed: EndpointJob,
    answer: (request: RecordRequest) => RecordReply,
    over: Partial<ApiConnector> = {},
  ) {
    let underWay = 0
    most = 0
    server = await startRecordServer(async (request) => {
      underWay += 1
      most = Math.max(most, underWay)
      const reply = answer(request)
      // Until as many are under way as are wanted, so that a slow machine shows it too.
      for (let waited = 0; most < 5 && waited < 150; waited += 5) await delay(5)
      underWay -= 1
      return reply
    })
    const landing = await prepareLanding(
      database(),
      [landed],
      [instance({ address: server.url })],
      connector({ concurrency: 8, ...over }),
    )
    return await landing.land(landed)
  }

  async function idsIn(table: string): Promise<readonly number[]> {
    const { rows } = await database().query<{ id: number }>(
      `select (data->>'id')::int as id from bronze.dim_${table}_staging where deleted_at is null order by 1`,
    )
    return rows.map(({ id }) => id)
  }

  const full = (table: string, over: Partial<EndpointJob> = {}) =>
    job(table, { pageSize: 50, cursor: null, ...over })
  const dense = Array.from({ length: 1000 }, (_, index) => ({ id: index + 1 }))
  /** Gaps at random, then none for a while, then a wide one. */
  const sparse = (): readonly Thing[] => {
    let [seed, id] = [7, 0]
    return Array.from({ length: 1000 }, (_, index) => {
      seed = (seed * 16807) % 2147483647
      id += index > 400 && index < 700 ? 1 : index === 800 ? 9000 : 1 + (seed % 9)
      return { id }
    })
  }

  test('beyond keys that are guessed, however the numbers lie, and nothing is passed over', async () => {
    for (const [table, list] of [
      ['dense', dense],
      ['sparse', sparse()],
    ] as const) {
      const outcome = await land(full(table), ({ query }) => pageOf(list, query))
      expect(outcome).toMatchObject({ status: 'success', counts: { fetched: 1000, inserted: 1000 } })
      expect(await idsIn(table)).toEqual(list.map(({ id }) => id))
      expect(most).toBeGreaterThan(4)
      expect(server.requests.every(({ query }) => query.get('$skip') === null)).toBe(true)
      expect(server.requests.length).toBeLessThan(table === 'dense' ? 22 : 45)
      await server.close()
    }
  })

  test('beyond guessed keys while records come and go: those that were there all the time land', async () => {
    let list: readonly Thing[] = sparse()
    const gone = new Set<number>()
    const outcome = await land(full('living'), ({ query }) => {
      const { id } = list[(server.requests.length * 37) % list.length]!
      gone.add(id)
      list = list.filter((thing) => thing.id !== id)
      const fresh = id + 1
      if (!list.some((thing) => thing.id === fresh))
        list = [...list, { id: fresh }].sort((one, other) => one.id - other.id)
      return pageOf(list, query)
    })
    expect(outcome).toMatchObject({ status: 'success' })
    const landed = new Set(await idsIn('living'))
    const there = sparse().filter(({ id }) => !gone.has(id))
    expect(there.filter(({ id }) => !landed.has(id))).toEqual([])
  })

  test('without a count as well, and a few beyond the end', async () => {
    const list = sparse()
    await land(full('uncounted_keys'), ({ query }) => {
      query.delete('$count')
      return pageOf(list, query)
    })
    expect(await idsIn('uncounted_keys')).toEqual(list.map(({ id }) => id))
    expect(most).toBeGreaterThan(4)
  })

  test('by places that are counted: offsets and page numbers, with a total and without', async () => {
    const places: { readonly [table: string]: EndpointJob['paging'] } = {
      by_offset: { kind: 'offset', offsetParam: 'offset', limitParam: 'limit', totalPath: ['total'] },
      by_blind_offset: { kind: 'offset', offsetParam: 'offset', limitParam: 'limit', totalPath: null },
      by_number: {
        kind: 'page_number',
        pageParam: 'page',
        basePage: 1,
        limitParam: 'limit',
        totalPath: ['total'],
      },
    }
    for (const [table, paging] of Object.entries(places)) {
      const outcome = await land(
        full(table, { paging }),
        ({ query }) => {
          const limit = Number(query.get('limit'))
          const skip = query.has('page')
            ? (Number(query.get('page')) - 1) * limit
            : Number(query.get('offset'))
          return { body: { total: dense.length, value: dense.slice(skip, skip + limit) } }
        },
        { kind: 'rest' },
      )
      expect(outcome).toMatchObject({ counts: { fetched: 1000, inserted: 1000 } })
      expect(most).toBeGreaterThan(4)
      expect(server.requests.length).toBeLessThan(table === 'by_blind_offset' ? 32 : 22)
      await server.close()
    }
  })

  test('one at a time where requests are rationed', async () => {
    await land(full('rationed'), ({ query }) => pageOf(dense, query), {
      requestBudget: { requests: 1000, perSeconds: 60 },
    })
    expect(await idsIn('rationed')).toHaveLength(1000)
    expect(most).toBeLessThan(3)
  })

  test('and a walk that is cut off goes on from the last that landed', async () => {
    const list = sparse()
    let failing = true
    const resumed = full('cut_ahead', { maxDeletedShare: 1 })
    const answer = ({ query }: RecordRequest) => {
      const after = Number(/gt (\d+)/.exec(query.get('$filter') ?? '')?.[1] ?? 0)
      if (failing && after > list[500]!.id) return { status: 401, body: {} }
      return pageOf(list, query)
    }
    await expect(land(resumed, answer)).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    const before = await idsIn('cut_ahead')
    expect(before).toEqual(list.slice(0, before.length).map(({ id }) => id))
    await server.close()
    failing = false
    await land(resumed, answer)
    expect(await idsIn('cut_ahead')).toEqual(list.map(({ id }) => id))
    expect(server.requests[0]?.query.get('$filter')).toMatch(before.length === 0 ? /^$/ : /^id gt /)
  })
})
