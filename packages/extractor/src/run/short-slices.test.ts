import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { instance, job, prepareLanding } from '../testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from '../testing/record-server.ts'

describeOldestDatabase('slices of one record', (database, kind) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function prepare(name: string, parents: number, answer: (request: RecordRequest) => RecordReply) {
    server = await startRecordServer(answer)
    const trees = job(`${name}_trees`, { cursor: null })
    const leaves: EndpointJob = job(`${name}_leaves`, {
      endpoint: '/t/{tree}',
      cursor: null,
      slices: [{ parameter: 'tree', from: trees.target, path: ['id'], match: {} }],
    })
    const landing = await prepareLanding(database(), [trees, leaves], [instance({ address: server.url })])
    await database().query(`
      insert into bronze.${trees.target.name} (data, source_instance_id)
      select jsonb_build_object('id', g), 1 from generate_series(1, ${parents}) as g`)
    return { landing, leaves }
  }

  const countIn = async (table: string) =>
    (await database().query<{ n: number }>(`select count(*)::int as n from bronze.dim_${table}_staging`))
      .rows[0]!.n

  test('take one request each, once a page has held two and the API has counted one record with a page of none', async () => {
    const { landing, leaves } = await prepare('honest', 40, ({ path, query }) =>
      pageOf([{ id: path }, ...(path === '/t/1' ? [{ id: 'another' }] : [])], query),
    )
    expect((await landing.land(leaves)).counts).toMatchObject({ fetched: 41, inserted: 41 })
    const proofs = server.requests.filter(({ query }) => query.get('$top') === '0')
    expect(proofs).toHaveLength(1)
    // Those that were under way before it was known may have asked twice.
    expect(server.requests.length).toBeLessThan(60)

    // Of the next run none has to be asked twice: that a page holds several is remembered.
    await database().query(`delete from bronze.${leaves.slices[0]!.from.name} where data->>'id' = '1'`)
    const before = server.requests.length
    expect((await landing.land(leaves)).counts).toMatchObject({ fetched: 39 })
    expect(server.requests.length - before).toBeLessThan(39 + 15)
  })

  test('take two requests each, as long as no page has held two', async () => {
    const { landing, leaves } = await prepare('lonely', 20, ({ path, query }) =>
      pageOf([{ id: path }], query),
    )
    expect((await landing.land(leaves)).counts).toMatchObject({ fetched: 20, inserted: 20 })
    expect(server.requests).toHaveLength(40)
  })

  test('are read to their end where the API counts its pages, and gives two records in each', async () => {
    for (const refuses of [false, true]) {
      const name = refuses ? 'refusing' : 'cutting'
      const { landing, leaves } = await prepare(name, 10, ({ path, query }) => {
        if (refuses && query.get('$top') === '0') return { status: 400, body: {} }
        const size = path === '/t/7' ? 5 : path === '/t/8' ? 2 : 1
        const list = Array.from({ length: size }, (_, index) => ({ id: Number(path.slice(3)) * 100 + index }))
        query.set('$top', String(Math.min(2, Number(query.get('$top')))))
        const reply = pageOf(list, query)
        const { value } = reply.body as { readonly value: readonly object[] }
        return { body: { '@odata.count': value.length, value } }
      })
      expect((await landing.land(leaves)).counts).toMatchObject({ fetched: 15 })
      expect(await countIn(leaves.table)).toBe(15)
      await server.close()
    }
  })

  // Many on one server, some on the other: it is the same statement.
  const queued = kind === 'embedded' ? 200_000 : 2_000
  test(`are gone on with after a cut, with ${queued.toLocaleString('en-US')} of them in the queue`, async () => {
    const abort = new AbortController()
    const walked = new Set<string>()
    const { landing, leaves } = await prepare('queued', queued, ({ path, query }) => {
      walked.add(path)
      if (walked.size === 80) abort.abort()
      return pageOf([{ id: path }], query)
    })
    await expect(landing.land(leaves, { signal: abort.signal })).rejects.toThrow()
    const { rows } = await database().query<{ slices: number; position: number }>(
      `select slices::int, position::int from strata.job_cycles where job = 'clinic.queued_leaves'`,
    )
    expect(rows).toMatchObject([{ slices: queued }])
    expect(rows[0]!.position).toBeGreaterThan(25)
    // As if the run had come nearly to the end.
    await database().query(
      `update strata.job_cycles set position = ${queued - 40} where job = 'clinic.queued_leaves'`,
    )
    walked.clear()
    expect((await landing.land(leaves)).message).toBe('full load, 40 slices')
    expect(walked.size).toBe(40)
  })
})
