import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { cursor, instance, job, type Landing, prepareLanding } from './testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  skipOf,
  startRecordServer,
} from './testing/record-server.ts'

describeDatabases('the walk', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function serve(
    answer: (request: RecordRequest) => RecordReply,
    jobs: readonly EndpointJob[],
  ): Promise<Landing> {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const records = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }))
  const countOf = async (table: string) =>
    (await database().query<{ n: number }>(`select count(*)::int as n from bronze.dim_${table}_staging`))
      .rows[0]!.n
  const stateOf = async (table: string) =>
    (
      await database().query(
        `select slice, watermark_text, status, place from strata.job_watermarks where job = 'clinic.${table}' order by 1`,
      )
    ).rows
  const skips = () => server.requests.map(({ query }) => Number(query.get('$skip')))

  test('that ends with fewer records than the API counted has failed, and moves no watermark (R16)', async () => {
    const short = job('short', { pageSize: 10 })
    let healed = false
    const landing = await serve(
      ({ query }) => {
        const all = records(25).map((record) => ({ ...record, modifiedDate: '2024-05-01T00:00:00Z' }))
        const skip = Number(query.get('$skip') ?? 0)
        if (healed || (skip === 0 && !query.has('$filter'))) return pageOf(all, query)
        // By key nothing comes, and by place the record that is known.
        return { body: { '@odata.count': 25, value: skip === 0 ? [] : all.slice(skip, skip + 1) } }
      },
      [short],
    )
    await expect(landing.land(short)).rejects.toMatchObject({
      code: 'SOURCE_PAGING',
      message: expect.stringContaining('10 of 25 records'),
    })
    expect(await stateOf('short')).toMatchObject([{ watermark_text: null }])
    healed = true
    await landing.land(short)
    expect(await countOf('short')).toBe(25)
  })

  test('steps back when a record is removed between two pages, for the one that moved into its place was passed over', async () => {
    const shifting = job('shifting', { pageSize: 10 })
    let asked = 0
    const landing = await serve(
      ({ query }) => skipOf(asked++ === 0 ? records(25) : records(25).slice(1), query),
      [shifting],
    )
    expect(await landing.land(shifting)).toMatchObject({ status: 'success' })
    expect(await countOf('shifting')).toBe(25)
  })

  test('goes on beyond the last key, where numbers are in order, so that nothing can shift', async () => {
    const keyed = job('keyed', { pageSize: 10 })
    const landing = await serve(({ query }) => pageOf(records(25), query), [keyed])
    expect((await landing.land(keyed)).counts).toMatchObject({ fetched: 25, inserted: 25 })
    expect(server.requests.map(({ query }) => query.get('$filter'))).toEqual([null, 'id gt 10', 'id gt 20'])
  })

  test('does not let a slice value lead it to another path', async () => {
    const parents = job('hostile')
    const children = job('led', {
      endpoint: '/hostile/{parentId}/children/odata',
      slices: [{ parameter: 'parentId', from: parents.target, path: ['id'], match: {} }],
    })
    const landing = await serve(({ query }) => pageOf([{ id: '..' }], query), [parents, children])
    await landing.land(parents)
    await expect(landing.land(children)).rejects.toMatchObject({ code: 'SLICE_VALUE_UNSAFE' })
    expect(server.requests.every(({ path }) => path === '/hostile/odata')).toBe(true)
  })

  test('advances by what it received when the server caps the page, with and without a count', async () => {
    for (const counted of [true, false]) {
      const capped = job(counted ? 'capped' : 'uncounted', { pageSize: 100 })
      const landing = await serve(
        ({ query }) => {
          query.set('$top', '30')
          if (!counted) query.delete('$count')
          return skipOf(records(100), query)
        },
        [capped],
      )
      expect((await landing.land(capped)).counts.fetched).toBe(100)
      expect(await countOf(capped.table)).toBe(100)
      // One record of the page before comes with each page; without a count only a page without another is the end.
      expect([...new Set(skips())].filter((skip) => skip > 0 && skip < 99)).toEqual([29, 58, 87])
      expect(skips().includes(99)).toBe(!counted)
      if (!counted) await server.close()
    }
  })

  test('does not take a short page in the middle for the end', async () => {
    const ragged = job('ragged', { pageSize: 10 })
    const landing = await serve(
      ({ query }) => {
        if (query.get('$filter') === 'id gt 10') query.set('$top', '3')
        return pageOf(records(35), query)
      },
      [ragged],
    )
    expect((await landing.land(ragged)).counts).toMatchObject({ fetched: 35, inserted: 35 })
  })

  test('reads a bare array once when the server does not page it', async () => {
    const bare = job('bare', { cursor: null, pageSize: 10 })
    const landing = await serve(() => ({ body: records(25) }), [bare])
    expect((await landing.land(bare)).counts).toMatchObject({ fetched: 25, inserted: 25 })
  })

  test('pages a bare array where the server does', async () => {
    const paged = job('paged', { cursor: null, pageSize: 10 })
    const landing = await serve(
      ({ query }) => {
        const skip = Number(query.get('$skip'))
        return { body: records(25).slice(skip, skip + 10) }
      },
      [paged],
    )
    expect((await landing.land(paged)).counts.fetched).toBe(25)
  })

  test('says so when an envelope ignores $skip, and never loops', async () => {
    const stuck = job('stuck')
    const landing = await serve(() => ({ body: { value: records(3) } }), [stuck])
    await expect(landing.land(stuck)).rejects.toMatchObject({ code: 'SOURCE_PAGING' })
    expect(server.requests.length).toBeLessThan(5)
  })

  test('asks for what changed since the watermark, less the lookback, in key order', async () => {
    const asked = job('asked', { cursor: cursor({ field: 'modifiedDate', lookbackSeconds: 3600 }) })
    const landing = await serve(
      ({ query }) => pageOf([{ id: 1, modifiedDate: '2024-05-01T12:00:00.1234567+02:00' }], query),
      [asked],
    )
    await landing.land(asked)
    expect((await landing.land(asked)).message).toBe('incremental')
    const filters = server.requests.map(({ query }) => query.get('$filter'))
    const bound = 'modifiedDate ge 2024-05-01T09:00:00.123Z'
    // One record alone is in any order: what comes behind it is asked for by its place.
    expect(filters).toEqual([null, null, bound, bound])
    expect(server.requests.every(({ query }) => query.get('$orderby') === 'id')).toBe(true)
    expect(await stateOf('asked')).toMatchObject([{ watermark_text: '2024-05-01T12:00:00.1234567+02:00' }])
  })

  test('that fails half-way fails the run and moves no watermark (R16, traps e and j)', async () => {
    const broken = job('broken', { pageSize: 2 })
    const stamped = [1, 2, 3, 4].map((id) => ({ id, modifiedDate: `2024-05-0${id}T00:00:00Z` }))
    let failing = false
    const landing = await serve(
      ({ query }) => {
        if (failing && /id gt 2/.test(query.get('$filter') ?? ''))
          return { status: 500, body: 'Mary Major, born 1970' }
        return pageOf(
          failing ? stamped.map((record) => ({ ...record, modifiedDate: '2024-06-01T00:00:00Z' })) : stamped,
          query,
        )
      },
      [broken],
    )
    await landing.land(broken)
    failing = true
    await expect(landing.land(broken)).rejects.toMatchObject({ code: 'SOURCE_FAILING', status: 500 })
    expect(await stateOf('broken')).toMatchObject([
      {
        slice: '{}',
        watermark_text: '2024-05-04T00:00:00Z',
        status: 'failed',
        place: { page: { after: '2' } },
      },
    ])
    const { rows } = await database().query(`
      select run_status, records_loaded, error_message from bronze.dw_etl_runs r
      join bronze.dw_etl_jobs j on j.id = r.job_id where j.name = 'Broken' order by run_id`)
    expect(rows).toEqual([
      { run_status: 'success', records_loaded: 4, error_message: null },
      {
        run_status: 'failed',
        records_loaded: 2,
        error_message: 'clinic instance north fails at /broken/odata (500)',
      },
    ])
    failing = false
    await landing.land(broken)
    expect(await stateOf('broken')).toMatchObject([{ status: 'complete', place: null }])
  })

  test('lets impossible times neither move the watermark nor stop the load (R14)', async () => {
    const poisoned = job('poisoned')
    const times = [
      '1902-07-31T00:00:00Z',
      '2024-05-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '2024-02-30T00:00:00Z',
      'soon',
      null,
    ]
    const landing = await serve(
      ({ query }) =>
        pageOf(
          times.map((modifiedDate, id) => ({ id, modifiedDate })),
          query,
        ),
      [poisoned],
    )
    expect((await landing.land(poisoned)).counts).toMatchObject({ inserted: 6, quarantined: 0 })
    expect(await stateOf('poisoned')).toMatchObject([{ watermark_text: '2024-05-01T00:00:00Z' }])
    const { rows } = await database().query(
      "select data->>'id' as id from bronze.dim_poisoned_staging where cursor_at is not null",
    )
    expect(rows).toEqual([{ id: '1' }])
  })

  test('leaves what changed since it began to the next one (R3)', async () => {
    const moving = job('moving')
    const started = new Date(Date.UTC(2025, 0, 1, 12))
    const landing = await serve(
      ({ query }) => ({
        ...pageOf(
          [
            { id: 1, modifiedDate: '2025-01-01T11:00:00Z' },
            { id: 2, modifiedDate: '2025-01-01T12:00:05Z' },
          ],
          query,
        ),
        headers: { date: started.toUTCString() },
      }),
      [moving],
    )
    await landing.land(moving)
    expect(await stateOf('moving')).toMatchObject([{ watermark_text: '2025-01-01T11:00:00Z' }])
  })

  test('of a new slice starts from the beginning (R13), and one that is gone is no failure', async () => {
    const studies = job('parents', { cursor: null })
    const children = job('children', {
      endpoint: '/parents/{studyId}/children',
      slices: [{ parameter: 'studyId', from: studies.target, path: ['id'], match: {} }],
    })
    const known = [{ id: 10 }, { id: 20 }]
    const landing = await serve(
      ({ path, query }) => {
        if (path === '/parents/odata') return pageOf(known, query)
        const study = Number(path.split('/')[2])
        if (study === 20) return { status: 404, body: {} }
        return pageOf([{ id: study * 10, modifiedDate: `20${study}-01-01T00:00:00Z` }], query)
      },
      [studies, children],
    )
    await landing.land(studies)
    expect(await landing.land(children)).toMatchObject({
      status: 'success',
      message: 'first load, 1 slice, 1 gone',
    })
    known.push({ id: 15 })
    await landing.land(studies)
    await landing.land(children)
    expect(await stateOf('children')).toMatchObject([
      { slice: '{"studyId":"10"}', watermark_text: '2010-01-01T00:00:00Z', status: 'complete' },
      { slice: '{"studyId":"15"}', watermark_text: '2015-01-01T00:00:00Z', status: 'complete' },
      { slice: '{"studyId":"20"}', watermark_text: null, status: 'gone' },
    ])
    const filters = server.requests
      .filter(({ path }) => path.includes('15'))
      .map(({ query }) => query.get('$filter'))
    expect(filters.every((filter) => filter === null)).toBe(true)
  })

  test('begins anew when the cursor is another field, for the times of one say nothing of the other', async () => {
    const one = job('refielded')
    const all = [
      { id: 1, modifiedDate: '2024-05-01T00:00:00Z', changed: '2024-01-01T00:00:00Z' },
      { id: 2, modifiedDate: '2024-05-02T00:00:00Z', changed: '2024-01-02T00:00:00Z' },
    ]
    const landing = await serve(({ query }) => pageOf(all, query), [one])
    await landing.land(one)
    const other = job('refielded', { cursor: cursor({ field: 'changed' }) })
    expect((await landing.land(other)).message).toBe('first load')
    expect(await stateOf('refielded')).toMatchObject([{ watermark_text: '2024-01-02T00:00:00Z' }])
    expect((await landing.land(other)).message).toBe('incremental')
  })

  test('sets records aside whose id is empty, for it tells nothing apart', async () => {
    const empty = job('emptykeys')
    const landing = await serve(
      ({ query }) => skipOf([{ id: '' }, { id: '', n: 2 }, { id: 'a' }], query),
      [empty],
    )
    expect((await landing.land(empty)).counts).toMatchObject({ inserted: 1, quarantined: 2 })
  })

  test('takes slices from more parents than fit in one batch', async () => {
    const many = job('many', { cursor: null, pageSize: 2000 })
    const leaves = job('leaves', {
      endpoint: '/many/{id}/leaves',
      cursor: null,
      slices: [{ parameter: 'id', from: many.target, path: ['id'], match: {} }],
    })
    const landing = await serve(
      ({ path, query }) =>
        path === '/many/odata' ? pageOf(records(600), query) : pageOf([{ id: path }], query),
      [many, leaves],
    )
    await landing.land(many)
    expect(await landing.land(leaves)).toMatchObject({
      counts: { inserted: 600 },
      message: 'full load, 600 slices',
    })
  })

  test('refuses a job that does not say where its parameter comes from', async () => {
    const lost = job('lost', { endpoint: '/studies/{studyId}/lost' })
    const landing = await serve(() => ({ body: [] }), [lost])
    await expect(landing.land(lost)).rejects.toMatchObject({
      code: 'JOB_PARAMETERS_MISSING',
      message: expect.stringContaining('{studyId}'),
    })
  })
})
