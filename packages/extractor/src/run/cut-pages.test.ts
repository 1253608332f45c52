import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import {
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from '../testing/record-server.ts'

type Counts = 'nothing' | 'the page' | 'pages' | 'records'

/** An API that gives no more than `cap` records, whatever is asked for. */
interface Cutting {
  readonly cap: number
  readonly counts: Counts
  readonly shape: 'envelope' | 'array'
  readonly ignoresFilter: boolean
}

function cut(list: readonly { readonly id: number }[], query: URLSearchParams, how: Cutting): RecordReply {
  const beyond = how.ignoresFilter ? null : /\bid gt (-?\d+)/.exec(query.get('$filter') ?? '')
  const found = beyond === null ? list : list.filter(({ id }) => id > Number(beyond[1]))
  const skip = Number(query.get('$skip') ?? 0)
  const top = Number(query.get('$top') ?? 1000)
  const value = found.slice(skip, skip + Math.min(top, how.cap))
  const count = {
    nothing: null,
    'the page': value.length,
    pages: Math.ceil(found.length / 1000),
    records: found.length,
  }[how.counts]
  if (how.shape === 'array') return { body: value }
  return { body: { ...(count !== null && { '@odata.count': count }), value } }
}

describeDatabases('pages that are cut', (database) => {
  let server: RecordServer
  afterEach(() => server.close())
  const countIn = async (table: string) =>
    (await database().query<{ n: number }>(`select count(*)::int as n from bronze.dim_${table}_staging`))
      .rows[0]!.n

  async function sliced(
    name: string,
    sizes: readonly number[],
    answer: (list: readonly { id: number }[], request: RecordRequest) => RecordReply,
    over: Partial<EndpointJob> = {},
  ) {
    server = await startRecordServer((request) => {
      const slice = Number(/\d+$/.exec(request.path)![0])
      const list = Array.from({ length: sizes[slice - 1]! }, (_, index) => ({ id: slice * 100 + index }))
      return answer(list, request)
    })
    const trees = job(`${name}_trees`, { cursor: null })
    const leaves = job(`${name}_leaves`, {
      endpoint: '/t/{tree}',
      cursor: null,
      slices: [{ parameter: 'tree', from: trees.target, path: ['id'], match: {} }],
      ...over,
    })
    const landing = await prepareLanding(database(), [trees, leaves], [instance({ address: server.url })])
    await database().query(`
      insert into bronze.${trees.target.name} (data, source_instance_id)
      select jsonb_build_object('id', g), 1 from generate_series(1, ${sizes.length}) as g`)
    return { landing, leaves }
  }

  const sizes = [1, 5, 1, 2, 4]
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const counts = ['nothing', 'the page', 'pages', 'records'] as const
  const envelope = { shape: 'envelope', ignoresFilter: false } as const
  const ways: readonly Cutting[] = [
    ...counts.flatMap((what) =>
      [false, true].map((ignoresFilter) => ({ ...envelope, cap: 1, counts: what, ignoresFilter })),
    ),
    ...[2, 3].map((cap) => ({ ...envelope, cap, counts: 'the page' as const })),
    ...[1, 2, 3].map((cap) => ({
      cap,
      counts: 'nothing' as const,
      ignoresFilter: true,
      shape: 'array' as const,
    })),
  ]
  for (const [index, how] of ways.entries())
    test(`to ${how.cap}, by an API that gives an ${how.shape}, counts ${how.counts}${how.ignoresFilter ? ' and ignores filters' : ''}, are all read`, async () => {
      const { landing, leaves } = await sliced(`cut${index}`, sizes, (list, { query }) =>
        cut(list, query, how),
      )
      await landing.land(leaves)
      expect(await countIn(leaves.table)).toBe(total)
    })

  test('to 1, by an API that counts pages, are all read behind many slices of one record', async () => {
    const how = { ...envelope, cap: 1, counts: 'pages' } as const
    const many = [...Array.from({ length: 20 }, () => 1), 5]
    const { landing, leaves } = await sliced('many', many, (list, { query }) => cut(list, query, how))
    await landing.land(leaves)
    await landing.land(leaves)
    expect(await countIn(leaves.table)).toBe(25)
  })

  test('at a round number, by an API that knows no pages, cannot be told from a whole list: that is noted', async () => {
    const rooms = (name: string) => job(name, { cursor: null })
    const bare = (size: number, honoursSkip: boolean) =>
      startRecordServer(({ query }) => ({
        body: Array.from({ length: size }, (_, id) => ({ id })).slice(
          honoursSkip ? Number(query.get('$skip') ?? 0) : 0,
        ),
      }))
    const noted = async (name: string, size: number, honoursSkip: boolean) => {
      server = await bare(size, honoursSkip)
      const landing = await prepareLanding(database(), [rooms(name)], [instance({ address: server.url })])
      await landing.land(rooms(name))
      await server.close()
      const { rows } = await database().query<{ round: number | null }>(
        `select (facts->>'roundList')::int as round from strata.endpoint_facts where job = 'clinic.${name}'`,
      )
      return rows[0]?.round ?? null
    }
    expect(await noted('rooms', 200, false)).toBe(200)
    expect(await noted('rooms', 203, false)).toBeNull()
    expect(await noted('halls', 200, true)).toBeNull()
    expect(await noted('beds', 256, false)).toBe(256)
  })

  const numbered: Partial<EndpointJob> = {
    paging: { kind: 'page_number', pageParam: 'page', limitParam: 'size', basePage: 1, totalPath: null },
    pageSize: 4,
  }
  const byNumber =
    (cap: number, numbersBy: 'asked' | 'given') =>
    (list: readonly { id: number }[], { query }: RecordRequest) => {
      const asked = Number(query.get('size'))
      const size = Math.min(asked, cap)
      const from = (Number(query.get('page')) - 1) * (numbersBy === 'asked' ? asked : size)
      return { body: { value: list.slice(from, from + size) } }
    }
  for (const cap of [1, 2, 3])
    test(`to ${cap}, by an API that numbers them as if they were whole, are all read`, async () => {
      const { landing, leaves } = await sliced(
        `asked${cap}`,
        [1, 9, 1, 2, 3, 7],
        byNumber(cap, 'asked'),
        numbered,
      )
      await landing.land(leaves)
      expect(await countIn(leaves.table)).toBe(23)
    })

  test('are numbered as they were by an API that numbers what it gives', async () => {
    const { landing, leaves } = await sliced('given', [1, 9, 1, 2], byNumber(2, 'given'), numbered)
    await landing.land(leaves)
    expect(await countIn(leaves.table)).toBe(13)
  })

  test('are not suspected where a page has held more, nor asked for in a size that the API refuses', async () => {
    const answer = byNumber(100, 'asked')
    const { landing, leaves } = await sliced(
      'whole',
      [4, 1, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      (list, request) =>
        request.query.get('size') === '4' ? answer(list, request) : { status: 400, body: {} },
      numbered,
    )
    expect((await landing.land(leaves)).counts).toMatchObject({ fetched: 26 })
    const doubts = () => server.requests.filter(({ query }) => query.get('size') !== '4').length
    const first = doubts()
    expect(first).toBeLessThan(8)
    await landing.land(leaves)
    expect(doubts() - first).toBeLessThan(first + 1)
  })
})
