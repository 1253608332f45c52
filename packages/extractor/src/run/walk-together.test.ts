import type { EndpointJob } from '@strata/core'
import sql from 'sql-template-tag'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { connector, cursor, instance, job, type Landing, prepareLanding } from '../testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  skipOf,
  startRecordServer,
} from '../testing/record-server.ts'

interface Thing {
  readonly id: number
  readonly at?: string
  readonly name?: string
}

describeOldestDatabase('pages of a walk that arrived while others were landed', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  /** Landing takes a while, so that what is asked for ahead has arrived before its turn. */
  async function prepare(
    landed: EndpointJob,
    answer: (request: RecordRequest) => RecordReply,
  ): Promise<Landing> {
    server = await startRecordServer(answer)
    const instances = [instance({ address: server.url })]
    const landing = await prepareLanding(database(), [landed], instances, connector({ concurrency: 8 }))
    const table = `bronze.${landed.target.name}`
    await database().query(
      `create or replace function public.dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(0.15); return null; end'`,
    )
    await database().query(
      `create trigger slow before insert on ${table} for each statement execute function public.dawdle()`,
    )
    return landing
  }

  async function landed({ target }: EndpointJob) {
    const { rows } = await database().query<{ id: number; xid: string }>(
      `select (data->>'id')::int as id, xmin::text as xid from bronze.${target.name} where deleted_at is null order by 1`,
    )
    return { ids: rows.map(({ id }) => id), transactions: new Set(rows.map(({ xid }) => xid)).size }
  }

  const things: readonly Thing[] = Array.from({ length: 400 }, (_, index) => ({ id: index + 1 }))
  const ids = things.map(({ id }) => id)
  const small = (table: string, over: Partial<EndpointJob> = {}) =>
    job(table, { pageSize: 20, cursor: null, ...over })
  const withoutFilter = ({ query }: RecordRequest, list: readonly Thing[]): RecordReply =>
    query.has('$filter') ? { status: 400, body: { error: { message: 'no $filter' } } } : skipOf(list, query)

  test('land with one statement and one transaction, by keys, by offsets and by numbers', async () => {
    const ways: {
      readonly [table: string]: [Partial<EndpointJob>, (request: RecordRequest) => RecordReply]
    } = {
      keys: [{}, ({ query }) => pageOf(things, query)],
      offsets: [{}, (request) => withoutFilter(request, things)],
      numbers: [
        { paging: { kind: 'page_number', pageParam: 'p', basePage: 1, limitParam: 'n', totalPath: null } },
        ({ query }) => {
          const [page, size] = [Number(query.get('p')), Number(query.get('n'))]
          return { body: { value: things.slice((page - 1) * size, page * size) } }
        },
      ],
    }
    for (const [name, [over, answer]] of Object.entries(ways)) {
      const one = small(`together_${name}`, over)
      const landing = await prepare(one, answer)
      expect(await landing.land(one)).toMatchObject({
        status: 'success',
        counts: { inserted: 400 },
      })
      const { ids: found, transactions } = await landed(one)
      expect(found).toEqual(ids)
      // Of twenty pages.
      expect(transactions, name).toBeLessThan(11)
      await server.close()
    }
  })

  test('move the watermark as far as if each had landed alone', async () => {
    const hour = (id: number) => new Date(Date.UTC(2024, 0, 1, id === 250 ? 999 : id)).toISOString()
    const list = things.map(({ id }) => ({ id, at: hour(id) }))
    const one = small('together_times', { cursor: cursor({ field: 'at' }) })
    const landing = await prepare(one, ({ query }) => pageOf(list, query))
    await landing.land(one)
    const { rows } = await database().query(
      sql`select watermark_text from strata.job_watermarks where job = ${'clinic.together_times'}`,
    )
    expect(rows).toEqual([{ watermark_text: hour(250) }])
    expect((await landed(one)).transactions).toBeLessThan(11)
  })

  test('are landed apart from one that Postgres cannot store, and only its record is missing', async () => {
    const list = things.map(({ id }) => (id === 150 ? { id, name: 'a\u0000b' } : { id }))
    const one = small('together_unstorable')
    const landing = await prepare(one, ({ query }) => pageOf(list, query))
    const outcome = await landing.land(one)
    expect(outcome.counts).toMatchObject({ fetched: 400, quarantined: 1 })
    expect((await landed(one)).ids).toEqual(ids.filter((id) => id !== 150))
  })

  test('are asked for again where one of them is no list of records', async () => {
    let failures = 0
    const one = small('together_strange')
    const landing = await prepare(one, ({ query }) => {
      const isStrange = /\bid gt 1[0-4]\d$/.test(query.get('$filter') ?? '') && failures++ < 2
      return isStrange ? { body: { message: 'come back later' } } : pageOf(things, query)
    })
    expect(await landing.land(one)).toMatchObject({ counts: { fetched: 400 } })
    expect(failures).toBeGreaterThan(0)
    expect((await landed(one)).ids).toEqual(ids)
  })

  test('are read again from before the place where records have moved between two of them', async () => {
    let list = things
    const one = small('together_moved')
    const landing = await prepare(one, (request) => {
      // What lies behind moves up by three, one of which a page that was read already held.
      if (Number(request.query.get('$skip')) >= 200 && request.query.get('$top') === '20')
        list = list.filter(({ id }) => ![5, 6, 7].includes(id))
      return withoutFilter(request, list)
    })
    const { counts } = await landing.land(one)
    expect(list.length).toBe(397)
    const found = (await landed(one)).ids
    expect(list.filter(({ id }) => !found.includes(id))).toEqual([])
    expect(counts.inserted).toBe(found.length)
  })

  test('count each record once, however the pages overlap', async () => {
    let id = 0
    const list = things.map((_, index) => {
      id += 1 + ((index * 16807) % 9)
      return { id }
    })
    const one = small('together_sparse')
    const landing = await prepare(one, ({ query }) => pageOf(list, query))
    expect((await landing.land(one)).counts).toMatchObject({ fetched: 400, inserted: 400, unchanged: 0 })
  })

  test('land only as far as each follows the one before, so that nothing lands that nobody counts', async () => {
    const numbered = (table: string) =>
      small(table, {
        paging: { kind: 'page_number', pageParam: 'p', basePage: 1, limitParam: 'n', totalPath: null },
      })
    let failures = 0
    const one = numbered('together_failing')
    const landing = await prepare(one, ({ query }) => {
      const value = things.slice((Number(query.get('p')) - 1) * 20, Number(query.get('p')) * 20)
      const fails = query.get('p') === '12' && failures++ === 0
      return { body: fails ? { error: { code: 'busy', message: 'later' }, value } : { value } }
    })
    expect((await landing.land(one)).counts).toMatchObject({ fetched: 400, inserted: 400 })
    expect(failures).toBe(2)
    expect((await landed(one)).ids).toEqual(ids)
  })

  test('land up to one that has no change time where that is refused', async () => {
    const list = things.map(({ id }) => (id === 390 ? { id } : { id, at: '2024-01-01T00:00:00Z' }))
    const one = small('together_untimed', { cursor: cursor({ field: 'at', onMissing: 'raise' }) })
    const landing = await prepare(one, ({ query }) => pageOf(list, query))
    await expect(landing.land(one)).rejects.toMatchObject({ code: 'SOURCE_CURSOR_MISSING' })
    expect((await landed(one)).ids).toEqual(ids.slice(0, 380))
  })

  test('cost no further requests where each holds text that cannot be stored, or is smaller than was asked for', async () => {
    const list = things.map(({ id }) => (id % 20 === 7 ? { id, name: 'a\u0000b' } : { id }))
    const one = small('together_marked')
    const landing = await prepare(one, ({ query }) => pageOf(list, query))
    expect((await landing.land(one)).counts).toMatchObject({ fetched: 400, quarantined: 20 })
    expect(server.requests.length).toBeLessThan(30)
    await server.close()

    const two = small('together_cut', {
      pageSize: 100,
      paging: { kind: 'page_number', pageParam: 'p', basePage: 1, limitParam: null, totalPath: null },
    })
    const cut = await prepare(two, ({ query }) => ({
      body: { value: things.slice((Number(query.get('p')) - 1) * 20, Number(query.get('p')) * 20) },
    }))
    await cut.land(two)
    expect((await landed(two)).ids).toEqual(ids)
    expect(server.requests.length).toBeLessThan(40)
  })
})
