import type { Database, EndpointJob, SliceParameter, Statement } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { type CyclePlace, openCycle } from './run/cycle.ts'
import { readSlices } from './run/read-slices.ts'
import { describeOldestDatabase } from './testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from './testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

describeOldestDatabase('the slices of a job', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function serve(
    answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
    jobs: readonly EndpointJob[],
  ) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const full = (table: string, over: Partial<EndpointJob> = {}) => job(table, { cursor: null, ...over })
  const slice = (
    parameter: string,
    from: EndpointJob,
    over: Partial<SliceParameter> = {},
  ): SliceParameter => ({
    parameter,
    from: from.target,
    path: ['id'],
    match: {},
    ...over,
  })
  const paths = () => [...new Set(server!.requests.map(({ path }) => path))].sort()
  const put = (parent: EndpointJob, records: readonly unknown[]) =>
    database().query({
      text: `insert into bronze.${parent.target.name} (data, source_instance_id, context)
        select r->'data', 1, r->'context' from jsonb_array_elements($1::jsonb) as r`,
      values: [
        JSON.stringify(
          records.map((record) =>
            Object.hasOwn(record as object, 'data') ? record : { data: record, context: null },
          ),
        ),
      ],
    })
  const passesOf = async (of: EndpointJob) =>
    (
      await database().query<{ position: number; slices: number; queued: number }>(`
        select c.position::int, c.slices::int, count(q.*)::int as queued
        from strata.job_cycles c join strata.job_cycle_slices q using (landing_schema, job, instance_id)
        where c.job = 'clinic.${of.table}' group by 1, 2`)
    ).rows
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }))
  const answerOf = ({ path, query }: RecordRequest) => pageOf([{ id: path }], query)

  test('come out of several tables, each joined to what it belongs to', async () => {
    const studies = full('nstudies')
    const visits = full('nvisits')
    const elements = full('nelements', {
      endpoint: '/studies/{studyId}/visits/{visitId}/elements',
      slices: [slice('studyId', studies), slice('visitId', visits, { match: { studyId: ['study', 'id'] } })],
    })
    const landing = await serve(answerOf, [studies, visits, elements])
    await put(studies, [{ id: 1 }, { id: 2 }, { id: 3 }])
    await put(visits, [
      { id: 10, study: { id: 1 } },
      { id: 11, study: { id: 1 } },
      { id: 20, study: { id: 2 } },
      { id: 90, study: { id: 9 } },
      { id: 91 },
    ])
    await landing.land(elements)
    expect(paths()).toEqual([
      '/studies/1/visits/10/elements',
      '/studies/1/visits/11/elements',
      '/studies/2/visits/20/elements',
    ])
    expect(landing.events).toContainEqual({
      kind: 'notice',
      message:
        'clinic.nelements of instance north: 1 record of bronze.dim_nvisits_staging without a value at id, study.id left out',
    })
    const { rows } = await database().query(`
      select parameter_name, parameter_source_table, parameter_source_column, requires_parameters,
        (select array_agg(p.name order by array_position(j.depends_on, p.id)) from bronze.dw_etl_jobs p
         where p.id = any(j.depends_on)) as parents,
        (select p.name from bronze.dw_etl_jobs p where p.id = j.parent_job_id) as parent
      from bronze.dw_etl_jobs j where name = 'Nelements'`)
    expect(rows).toEqual([
      {
        parameter_name: 'studyId, visitId',
        parameter_source_table: 'dim_nstudies_staging, dim_nvisits_staging',
        parameter_source_column: "data->>'id', data->>'id'",
        requires_parameters: true,
        parents: ['Nstudies', 'Nvisits'],
        parent: 'Nvisits',
      },
    ])
  })

  test('come out of one row where two parameters name one table, and out of two where one is matched', async () => {
    const arms = full('arms')
    const both = full('both', {
      endpoint: '/{studyId}/{armId}',
      slices: [slice('studyId', arms, { path: ['study'] }), slice('armId', arms)],
    })
    const siblings = full('siblings', {
      endpoint: '/{armId}/next/{nextId}',
      slices: [slice('armId', arms), slice('nextId', arms, { match: { armId: ['after'] } })],
    })
    const landing = await serve(answerOf, [arms, both, siblings])
    await put(arms, [
      { id: 1, study: 7 },
      { id: 2, study: 7, after: 1 },
    ])
    await landing.land(both)
    expect(paths()).toEqual(['/7/1', '/7/2'])
    await landing.land(siblings)
    expect(paths()).toEqual(['/1/next/2', '/7/1', '/7/2'])
  })

  test('take a value from the request that brought the row, where its record does not name its parent', async () => {
    const studies = full('cstudies')
    const visits = full('cvisits', {
      endpoint: '/studies/{studyId}/visits',
      key: [{ parameter: 'studyId' }, { field: ['id'] }],
      slices: [slice('studyId', studies)],
    })
    const elements = full('celements', {
      endpoint: '/studies/{studyId}/visits/{visitId}/elements',
      key: [{ parameter: 'studyId' }, { parameter: 'visitId' }],
      slices: [
        slice('studyId', studies),
        slice('visitId', visits, { match: { studyId: ['$context', 'studyId'] } }),
      ],
    })
    const landing = await serve(
      ({ path, query }) =>
        path.endsWith('/visits')
          ? pageOf(path.includes('/1/') ? [{ id: 1 }, { id: 2 }] : [{ id: 1 }], query)
          : { body: [{}] },
      [studies, visits, elements],
    )
    await put(studies, [{ id: 1 }, { id: 2 }])
    await landing.land(visits)
    await landing.land(elements)
    expect(paths().filter((path) => path.endsWith('elements'))).toEqual([
      '/studies/1/visits/1/elements',
      '/studies/1/visits/2/elements',
      '/studies/2/visits/1/elements',
    ])
  })

  test('that have no value or an empty one are left out, and nothing but such records is an error', async () => {
    const trees = full('ltrees')
    const leaves = full('leftout', {
      endpoint: '/t/{tree}',
      slices: [slice('tree', trees, { path: ['code'] })],
    })
    const landing = await serve(answerOf, [trees, leaves])
    await expect(landing.land(leaves)).rejects.toMatchObject({ code: 'SLICES_NOT_LANDED' })
    await put(trees, [{ id: 1, code: null }, { id: 2, code: '' }, { id: 3 }])
    await expect(landing.land(leaves)).rejects.toMatchObject({
      code: 'SLICES_WITHOUT_VALUES',
      message:
        'no record of bronze.dim_ltrees_staging gives a slice of clinic.leftout: 3 of 3 lack a value at code',
    })
    await put(trees, [{ id: 4, code: 'oak' }])
    expect(await landing.land(leaves)).toMatchObject({ message: 'full load, 1 slice' })
    expect(landing.events).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/3 records of .* without a value at code left out/),
      }),
    )
  })

  test('whose parent has gone are not walked and keep their state; a new one never starts at their watermark (R13)', async () => {
    const trees = full('gtrees')
    const leaves = job('gleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    const landing = await serve(
      ({ path, query }) => pageOf([{ id: path, modifiedDate: '2024-05-01T00:00:00Z' }], query),
      [trees, leaves],
    )
    await put(trees, [{ id: 1 }, { id: 2 }])
    await landing.land(leaves)
    await database().query("update bronze.dim_gtrees_staging set deleted_at = now() where data->>'id' = '1'")
    await put(trees, [{ id: 3 }])
    const before = server!.requests.length
    await landing.land(leaves)
    const later = server!.requests.slice(before)
    expect([...new Set(later.map(({ path }) => path))].sort()).toEqual(['/t/2', '/t/3'])
    const bounded = later.filter(({ query }) => query.get('$filter')?.includes(' 2024-04-30') ?? false)
    expect([...new Set(bounded.map(({ path }) => path))]).toEqual(['/t/2'])
    const { rows } = await database().query(`
      select slice, status, watermark is not null as known from strata.job_watermarks
      where job = 'clinic.gleaves' order by 1`)
    // A walk over everything may have marked it as gone, for one that comes back starts from the beginning.
    expect(rows.map(({ slice: of }) => of)).toEqual(['{"tree":"1"}', '{"tree":"2"}', '{"tree":"3"}'])
    expect(rows.slice(1)).toMatchObject([1, 2].map(() => ({ status: 'complete', known: true })))
  })

  test('of a run that was cut off are gone on with by the next one, which says so', async () => {
    const trees = full('ctrees')
    const leaves = full('cleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    const abort = new AbortController()
    const walked = new Set<string>()
    const stored = new Set<number>()
    const landing = await serve(
      async (request) => {
        walked.add(request.path)
        if (walked.size > 120 && walked.size < 250) {
          for (const { position } of await passesOf(leaves)) stored.add(position)
        }
        if (walked.size === 250) abort.abort()
        return answerOf(request)
      },
      [trees, leaves],
    )
    await put(trees, numbered(300))
    await expect(landing.land(leaves, { signal: abort.signal })).rejects.toThrow()
    // Stored as it moves, for a process that is killed stores nothing at its end.
    expect([...stored].some((position) => position > 0)).toBe(true)
    const [left] = await passesOf(leaves)
    expect(left).toMatchObject({ slices: 300, queued: 300 })
    expect(left!.position).toBeGreaterThan(25)
    expect(left!.position).toBeLessThan(250)

    walked.clear()
    const rest = 300 - left!.position
    expect((await landing.land(leaves)).message).toBe(`full load, ${rest} slices`)
    expect(walked.size).toBe(rest)
    expect(landing.events).toContainEqual({
      kind: 'notice',
      message: `clinic.cleaves of instance north goes on with ${rest} of 300 slices: an earlier run was cut off`,
    })
    const { rows } = await database().query('select count(*)::int as n from bronze.dim_cleaves_staging')
    expect(rows).toEqual([{ n: 300 }])
    expect(await passesOf(leaves)).toEqual([])
  })

  test('of a pass that was cut off are left to the next run by a backfill, which has a pass of its own', async () => {
    const trees = full('btrees')
    const leaves = job('bleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    let abort = new AbortController()
    let stopAt = 55
    const walked = new Set<string>()
    const landing = await serve(
      ({ path, query }) => {
        walked.add(path)
        if (walked.size === stopAt) abort.abort()
        return pageOf([{ id: path, modifiedDate: '2024-05-01T00:00:00Z' }], query)
      },
      [trees, leaves],
    )
    await put(trees, numbered(80))
    await expect(landing.land(leaves, { signal: abort.signal })).rejects.toThrow()
    const [left] = await passesOf(leaves)
    expect(left).toMatchObject({ slices: 80, queued: 80 })

    const window = { since: '2024-01-01T00:00:00Z', until: '2024-06-01T00:00:00Z' }
    const backfill = async () => {
      walked.clear()
      abort = new AbortController()
      return await landing.land(leaves, { window, signal: abort.signal })
    }
    await expect(backfill()).rejects.toThrow()
    expect(await passesOf(leaves)).toEqual([left])
    stopAt = Number.POSITIVE_INFINITY
    // It goes on with its own pass.
    await backfill()
    expect(walked.size).toBeLessThan(80)
    await backfill()
    expect(walked.size).toBe(80)
    expect(await passesOf(leaves)).toEqual([left])

    walked.clear()
    await landing.land(leaves)
    expect(walked.size).toBe(80 - left!.position)
    const { rows } = await database().query(
      "select count(*)::int as left from strata.job_cycles where job like 'clinic.bleaves%'",
    )
    expect(rows).toEqual([{ left: 0 }])
  })

  test('are gone through anew by a full refresh, after a day, and when the endpoint is another', async () => {
    const trees = full('atrees')
    const leaves = full('aleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    const moved = { ...leaves, endpoint: '/v2/t/{tree}' }
    const landing = await serve(answerOf, [trees, leaves])
    await put(trees, numbered(3))
    const { rows } = await database().query<{ id: number }>(
      "insert into bronze.dw_etl_runs (job_id, run_status) select id, 'running' from bronze.dw_etl_jobs where name = 'Aleaves' returning run_id as id",
    )
    const place: CyclePlace = { landingSchema, job: leaves, instanceId: 1, runId: rows[0]!.id }
    const open = (anew: boolean, of: EndpointJob = leaves) =>
      openCycle(database(), { ...place, job: of }, { kind: anew ? 'full refresh' : 'increment', anew })
    const cutOff = () =>
      database().query("update strata.job_cycles set position = 2 where job = 'clinic.aleaves'")
    for (const anew of [false, true]) {
      await open(anew)
      await cutOff()
      expect(await open(true)).toMatchObject({ resumed: false, position: 0 })
      expect(await open(false)).toMatchObject({ resumed: false })
      expect(await open(false)).toMatchObject({ resumed: true })
      await cutOff()
      expect(await open(false)).toMatchObject({ resumed: true, position: 2, slices: 3 })
    }
    expect(await open(false, moved)).toMatchObject({ resumed: false })
    await cutOff()
    await database().query("update strata.job_cycles set started_at = now() - interval '25 hours'")
    expect(await open(false, moved)).toMatchObject({ resumed: false, position: 0 })
    await landing.land(leaves)
  })

  test('that failed before a run was stopped are walked again by the one that goes on, after the others', async () => {
    const trees = full('ftrees')
    const leaves = full('fleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    let healed = false
    const landing = await serve(
      (request) => (healed || request.path < '/t/15' ? answerOf(request) : { status: 500, body: '' }),
      [trees, leaves],
    )
    await put(
      trees,
      Array.from({ length: 40 }, (_, index) => ({ id: index + 10 })),
    )
    expect(await landing.land(leaves)).toMatchObject({ status: 'failed', partial: true })
    expect(await passesOf(leaves)).toMatchObject([{ slices: 40 }])
    healed = true
    expect(await landing.land(leaves)).toMatchObject({ status: 'success' })
    const { rows } = await database().query('select count(*)::int as n from bronze.dim_fleaves_staging')
    expect(rows).toEqual([{ n: 40 }])
    const order = server!.requests.map(({ path }) => path)
    expect(order.lastIndexOf('/t/15')).toBeGreaterThan(order.indexOf('/t/45'))
    expect(await passesOf(leaves)).toEqual([])
  })

  test('do not hold the pass open when some fail, and all of them are walked by the next', async () => {
    const trees = full('otrees')
    const leaves = full('oleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    const landing = await serve(
      (request) => (request.path === '/t/2' ? { status: 500, body: '' } : answerOf(request)),
      [trees, leaves],
    )
    await put(trees, numbered(4))
    expect(await landing.land(leaves)).toMatchObject({ status: 'failed', partial: true })
    expect(await passesOf(leaves)).toEqual([])
    const before = server!.requests.length
    await landing.land(leaves)
    expect(new Set(server!.requests.slice(before).map(({ path }) => path)).size).toBe(4)
  })

  test('are refused where tables are combined each row with each into more than a million', async () => {
    const [lefts, rights] = [full('lefts'), full('rights')]
    const pairs = full('pairs', {
      endpoint: '/{l}/{r}',
      slices: [slice('l', lefts), slice('r', rights)],
    })
    const landing = await serve(answerOf, [lefts, rights, pairs])
    await put(lefts, numbered(1001))
    await put(rights, numbered(2))
    const place = { landingSchema, job: pairs, instanceId: 1, runId: 0 }
    expect(await openCycle(database(), place, { kind: 'k', anew: true })).toMatchObject({ slices: 2002 })
    await put(
      rights,
      numbered(1000).map(({ id }) => ({ id: -id })),
    )
    await expect(landing.land(pairs)).rejects.toMatchObject({
      code: 'TOO_MANY_SLICES',
      hint: expect.stringContaining('match:'),
    })
    expect(server!.requests).toEqual([])
  })

  test('are read some hundreds at a time, by queries that never look at those before', async () => {
    const trees = full('mtrees')
    const leaves = job('mleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    await serve(answerOf, [trees, leaves])
    await put(trees, numbered(3200))
    const place = { landingSchema, job: leaves, instanceId: 1, runId: 0 }
    const cycle = await openCycle(database(), place, { kind: 'k', anew: true })
    const counted: number[] = []
    const reading: Statement[] = []
    const counting: Database = {
      ...database(),
      query: async (statement) => {
        const result = await database().query(statement)
        if (typeof statement !== 'string' && statement.text.includes('job_cycle_slices'))
          reading.push(statement)
        counted.push(result.rows.length)
        return result as never
      },
    }
    const slices = readSlices({ ...place, database: counting, fullRefresh: false, cycle })
    const seen = new Set<string>()
    for await (const { parameters } of slices) {
      seen.add(parameters['tree']!)
      // Nothing is read before it is wanted.
      expect(counted.length).toBeLessThanOrEqual(2 * Math.ceil(seen.size / 500))
    }
    expect(seen.size).toBe(3200)
    expect(Math.max(...counted)).toBe(500)
    expect(counted).toHaveLength(14)
    const { rows } = await database().query<{ 'QUERY PLAN': string }>({
      text: `explain ${reading[0]!.text}`,
      values: reading[0]!.values ?? [],
    })
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index Scan.*\n.*Index Cond:.*position"? > /)
    // In the order of the index: to sort is to read all that is left, for each batch.
    expect(plan).not.toContain('Sort')
  })

  test('are not walked by a run whose job another process has taken over', async () => {
    const trees = full('strees')
    const leaves = full('sleaves', { endpoint: '/t/{tree}', slices: [slice('tree', trees)] })
    const landing = await serve(
      async (request) => {
        await database().query(
          "update bronze.dw_etl_runs set run_status = 'failed' where run_status = 'running'",
        )
        return answerOf(request)
      },
      [trees, leaves],
    )
    await put(trees, numbered(40))
    await expect(landing.land(leaves)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' })
    expect(await passesOf(leaves)).toMatchObject([{ position: 0, slices: 40 }])
  })
})
