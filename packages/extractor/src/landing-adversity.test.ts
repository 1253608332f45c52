import type { ApiConnector, EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { connector, instance, job, type Landing, prepareLanding } from './testing/landing-fixture.ts'
import {
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

interface Thing {
  readonly id: number | string
  readonly modifiedDate: string
  readonly at?: string
}

describeDatabases('a walk against an API that', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function serve(
    answer: (request: RecordRequest, number: number) => RecordReply,
    jobs: readonly EndpointJob[],
    over: Partial<ApiConnector> = {},
  ): Promise<Landing> {
    let number = 0
    server = await startRecordServer((request) => {
      number += 1
      return answer(request, number)
    })
    const one = { concurrency: 1, ...over }
    return await prepareLanding(database(), jobs, [instance({ address: server.url })], connector(one))
  }

  const full = (table: string, over: Partial<EndpointJob> = {}) =>
    job(table, { pageSize: 10, cursor: null, ...over })
  const things = (count: number, from = 1, modifiedDate = '2024-05-01T00:00:00Z'): readonly Thing[] =>
    Array.from({ length: count }, (_, index) => ({ id: from + index, modifiedDate }))
  const named = (count: number): readonly Thing[] =>
    things(count, 10_001).map((thing) => ({ ...thing, id: `k${thing.id}` }))
  async function missingIn(table: string, list: readonly Thing[]): Promise<readonly string[]> {
    const { rows } = await database().query<{ id: string }>(
      `select data->>'id' as id from bronze.dim_${table}_staging where deleted_at is null`,
    )
    const there = new Set(rows.map(({ id }) => id))
    return list.map(({ id }) => String(id)).filter((id) => !there.has(id))
  }
  const stateOf = async (table: string) =>
    (
      await database().query<{ watermark_text: string | null; place: string | null }>(
        `select watermark_text, place::text as place from strata.job_watermarks where job = 'clinic.${table}'`,
      )
    ).rows[0]
  const linkTo = (table: string, token: number | string) => ({
    '@odata.nextLink': `${server.url}/${table}/odata?$skiptoken=${token}`,
  })

  test('loses more records before our place than a page holds is read from where its last record is met again', async () => {
    const emptied = full('emptied')
    let list = named(100)
    const landing = await serve(
      ({ query }, number) => {
        if (number === 6) list = list.slice(35)
        return bySkip(list, query)
      },
      [emptied],
    )
    expect(await landing.land(emptied)).toMatchObject({ status: 'success' })
    expect(await missingIn('emptied', list)).toEqual([])
  })

  test('counts records in its links is read again when some were removed on the way', async () => {
    const linked = full('linked')
    let list = things(60)
    const landing = await serve(
      ({ query }, number) => {
        if (number === 4) list = list.slice(5)
        const skip = Number(query.get('$skiptoken') ?? 0)
        const more = skip + 10 < list.length
        const value = list.slice(skip, skip + 10)
        return { body: { '@odata.count': list.length, value, ...(more && linkTo('linked', skip + 10)) } }
      },
      [linked],
    )
    expect(await landing.land(linked)).toMatchObject({ status: 'success' })
    expect(await missingIn('linked', list)).toEqual([])
  })

  test('counts records in the offset of a REST list is read again when some were removed on the way', async () => {
    const paging = {
      kind: 'offset',
      offsetParam: 'offset',
      limitParam: 'limit',
      totalPath: ['total'],
    } as const
    const offset = full('offset', { paging })
    let list = things(60)
    const landing = await serve(
      ({ query }, number) => {
        if (number === 4) list = list.slice(5)
        const skip = Number(query.get('offset'))
        return { body: { total: list.length, value: list.slice(skip, skip + Number(query.get('limit'))) } }
      },
      [offset],
      { kind: 'rest' },
    )
    await landing.land(offset)
    expect(await missingIn('offset', list)).toEqual([])
  })

  test('names another place in its links, as behind a proxy, is read by offset, today and tomorrow', async () => {
    const elsewhere = full('elsewhere')
    const list = named(60)
    const landing = await serve(
      ({ query }) => bySkip(list, query, { '@odata.nextLink': 'http://inner.example/things?$skip=10' }),
      [elsewhere],
    )
    for (const _ of ['today', 'tomorrow'])
      expect(await landing.land(elsewhere)).toMatchObject({ status: 'success' })
    expect(await missingIn('elsewhere', list)).toEqual([])
  })

  test('counts too few is read to the end by pages of any size', async () => {
    const paging = {
      kind: 'offset',
      offsetParam: '$skip',
      limitParam: '$top',
      totalPath: ['@odata.count'],
    } as const
    for (const low of [full('low'), full('lowrest', { paging })]) {
      const list = things(60)
      const landing = await serve(
        ({ query }, number) => {
          const after = Number(/id gt (\d+)/.exec(query.get('$filter') ?? '')?.[1] ?? query.get('$skip') ?? 0)
          const rest = list.slice(after)
          const value = rest.slice(0, number === 5 ? 7 : 10)
          return { body: { '@odata.count': low.table === 'low' ? Math.max(0, rest.length - 15) : 45, value } }
        },
        [low],
        { kind: low.table === 'low' ? 'odata' : 'rest' },
      )
      await landing.land(low)
      expect(await missingIn(low.table, list)).toEqual([])
      await server.close()
    }
  })

  test('came to count pages and to cap them since it was read last is still read to the end', async () => {
    const upgraded = job('upgraded', { pageSize: 10 })
    let list = things(30)
    let isUpgraded = false
    const landing = await serve(
      ({ query }) => {
        const found = matching(list, query)
        const value = found.slice(0, Math.min(Number(query.get('$top')), isUpgraded ? 7 : 10))
        return { body: { '@odata.count': isUpgraded ? value.length : found.length, value } }
      },
      [upgraded],
    )
    await landing.land(upgraded)
    isUpgraded = true
    list = [...list, ...things(30, 31, '2024-05-02T00:00:00Z')]
    expect(await landing.land(upgraded)).toMatchObject({ message: 'incremental' })
    expect(await missingIn('upgraded', list)).toEqual([])
  })

  test('leads in a circle of several pages, or from one empty page to the next, does not hold us for ever', async () => {
    const pages: { readonly [table: string]: (number: number) => readonly Thing[] } = {
      circle: (number) => things(10, 1 + 10 * (number % 3)),
      hollow: () => [],
    }
    for (const [table, valuesAt] of Object.entries(pages)) {
      const endless = full(table)
      const landing = await serve(
        ({ query }, number) => ({
          body: { value: valuesAt(Number(query.get('$skiptoken') ?? 0)), ...linkTo(table, number) },
        }),
        [endless],
      )
      await landing
        .land(endless)
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'SOURCE_PAGING' }))
      expect(server.requests.length).toBeLessThan(300)
      await server.close()
    }
  })

  test('gives tokens of which some come again does not hold us for ever', async () => {
    const paging = { kind: 'cursor', params: { token: ['next'] }, limitParam: null } as const
    const turning = full('turning', { paging })
    const landing = await serve(
      ({ query }) => {
        const token = Number(query.get('token') ?? 0)
        return { body: { next: String((token + 1) % 3), value: things(10, 1 + 10 * token) } }
      },
      [turning],
      { kind: 'rest' },
    )
    await expect(landing.land(turning)).rejects.toMatchObject({ code: 'SOURCE_PAGING' })
    expect(server.requests.length).toBeLessThan(20)
  })

  test('is read by its links alone, and ignores $skip, ends where it begins anew', async () => {
    const linksOnly = full('linksonly')
    const list = named(30)
    const landing = await serve(
      ({ query }) => {
        const skip = Number(query.get('$skiptoken') ?? 0)
        return {
          body: { value: list.slice(skip, skip + 10), ...(skip < 20 && linkTo('linksonly', skip + 10)) },
        }
      },
      [linksOnly],
    )
    expect(await landing.land(linksOnly)).toMatchObject({ status: 'success' })
    expect(server.requests.length).toBeLessThan(7)
    expect(await missingIn('linksonly', list)).toEqual([])
  })

  test('gives a page that is empty, and a link to the next, is followed', async () => {
    const sparse = full('sparse', { paging: { kind: 'next_link', path: ['next'] } })
    const list = things(30)
    const landing = await serve(
      ({ query }) => {
        const page = Number(query.get('page') ?? 0)
        const value = page === 1 ? [] : list.slice(page * 10, page * 10 + 10)
        return { body: { value, ...(page < 2 && { next: `${server.url}/sparse/odata?page=${page + 1}` }) } }
      },
      [sparse],
      { kind: 'rest' },
    )
    await landing.land(sparse)
    expect(await missingIn('sparse', list.slice(20))).toEqual([])
  })

  test('repeats the key of our header in its links does not bring it into the database', async () => {
    const leaking = full('leaking')
    const list = things(30)
    const landing = await serve(
      ({ query }) => {
        const skip = Number(query.get('$skiptoken') ?? 0)
        if (skip === 20) return { status: 401, body: {} }
        return {
          body: { value: list.slice(skip, skip + 10), ...linkTo('leaking', `${skip + 10}&k=key-of-north`) },
        }
      },
      [leaking],
    )
    await expect(landing.land(leaking)).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    const place = (await stateOf('leaking'))?.place
    expect(place).toContain('skiptoken=20')
    expect(place).not.toContain('key-of-north')
  })

  test('tells of an error in an answer that looks good has not come to its end', async () => {
    const failing = full('failing')
    const list = things(60)
    let isFailing = true
    const landing = await serve(
      ({ query }) => {
        const skip = Number(query.get('$skip') ?? 0)
        const value = matching(list, query).slice(skip, skip + Number(query.get('$top')))
        const fails = isFailing && value.some(({ id }) => id === 35)
        return { body: fails ? { error: { code: 'E', message: 'timeout' }, value: null } : { value } }
      },
      [failing],
    )
    expect(await landing.land(failing)).toMatchObject({ status: 'failed', counts: { unreadable: 1 } })
    expect(await missingIn('failing', list)).toEqual(['35'])
    isFailing = false
    await landing.land(failing)
    expect(await missingIn('failing', list)).toEqual([])
  })

  test('has a clock that is years ahead does not take our watermark there', async () => {
    const early = job('early', { pageSize: 10 })
    let list = [...things(30), { id: 31, modifiedDate: '2034-12-31T10:00:00Z' }]
    let isAhead = true
    const landing = await serve(
      ({ query }) => ({
        body: { value: matching(list, query).slice(0, 10) },
        ...(isAhead && { headers: { date: 'Mon, 01 Jan 2035 00:00:00 GMT' } }),
      }),
      [early],
    )
    await landing.land(early)
    expect((await stateOf('early'))?.watermark_text).toBe('2024-05-01T00:00:00Z')
    isAhead = false
    list = [...list, { id: 32, modifiedDate: new Date().toISOString() }]
    await landing.land(early)
    expect(await missingIn('early', list)).toEqual([])
  })

  test('moves a record into a window that has been read, and counts nothing, does not make it gone', async () => {
    const window = { field: 'at', from: '2024-01-01', days: 300, ahead: 0 }
    const moved = full('moved', { pageSize: 100, window })
    let list: readonly Thing[] = [
      ...things(20).map((thing) => ({ ...thing, at: '2023-05-01T00:00:00Z' })),
      { id: 0, modifiedDate: '2024-05-01T00:00:00Z', at: '2025-05-01T00:00:00Z' },
    ]
    let moves = false
    const landing = await serve(
      ({ query }) => {
        const value = matching(list, query)
        if (moves)
          list = list.map((thing) => (thing.id === 0 ? { ...thing, at: '2023-01-01T00:00:00Z' } : thing))
        return { body: { value } }
      },
      [moved],
    )
    await landing.land(moved)
    moves = true
    expect((await landing.land(moved)).message).toContain('1 missing')
    expect(await missingIn('moved', list)).toEqual([])
  })

  test('gives a record twice in a page is still read by key', async () => {
    const doubled = full('doubled')
    const list = things(40)
    const landing = await serve(
      ({ query }) => {
        const value = matching(list, query).slice(0, 10)
        return { body: { value: value.flatMap((thing) => (thing.id === 15 ? [thing, thing] : [thing])) } }
      },
      [doubled],
    )
    await landing.land(doubled)
    expect(server.requests.every(({ query }) => query.get('$skip') === null)).toBe(true)
    expect(await missingIn('doubled', list)).toEqual([])
  })
})

function bySkip(list: readonly Thing[], query: URLSearchParams, more: object = {}): RecordReply {
  const skip = Number(query.get('$skip') ?? 0)
  const value = list.slice(skip, skip + Number(query.get('$top')))
  return { body: { '@odata.count': list.length, value, ...more } }
}

/** What a filter of `gt`, `ge`, `lt` and `eq null` leaves. */
function matching(list: readonly Thing[], query: URLSearchParams): readonly Thing[] {
  const filter = query.get('$filter') ?? ''
  const bound = (condition: string) => new RegExp(`${condition} (\\S+)`).exec(filter)?.[1]
  const [after, since] = [bound('id gt'), bound('modifiedDate ge')]
  const [from, to] = [bound('at ge'), bound('at lt')]
  if (filter.includes('eq null')) return []
  return list.filter(
    ({ id, modifiedDate, at = '' }) =>
      (after === undefined || Number(id) > Number(after)) &&
      (since === undefined || modifiedDate >= since) &&
      (from === undefined || at >= from) &&
      (to === undefined || at < to),
  )
}
