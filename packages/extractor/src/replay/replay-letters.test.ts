import { createHash } from 'node:crypto'
import type { ApiConnector, EndpointJob, Instance } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import {
  connector,
  impatient,
  instance,
  job,
  landingSchema,
  prepareLanding,
} from '../testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from '../testing/record-server.ts'
import { dismissLetters, readOpenLetters } from './open-letters.ts'
import { foreseeReplay, replayLetters } from './replay-letters.ts'

describeDatabases('dead letters that are replayed', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  const north = instance({ address: 'http://127.0.0.1:1' })

  async function prepared(name: string, over: Partial<EndpointJob> = {}): Promise<EndpointJob> {
    const one = job(name, over)
    await prepareLanding(database(), [one], [north])
    return one
  }

  interface Letter {
    readonly record: unknown
    readonly reason?: string
    readonly slice?: string
    readonly request?: unknown
    readonly created?: string
  }

  async function put(one: EndpointJob, ...letters: readonly Letter[]): Promise<void> {
    for (const {
      record,
      reason = 'no_key',
      slice = '{}',
      request = null,
      created = '2024-06-01Z',
    } of letters)
      await database().query({
        text: `insert into strata.dead_letters
            (landing_schema, job, instance_id, slice, reason, record, record_hash, request, created_at)
          values ($1, $2, 1, $3, $4, $5, $6, $7, $8)`,
        values: [
          landingSchema,
          `${one.source}.${one.table}`,
          slice,
          reason,
          JSON.stringify(record),
          createHash('md5')
            .update(JSON.stringify([record, request]))
            .digest(),
          request === null ? null : JSON.stringify(request),
          created,
        ],
      })
  }

  async function land(one: EndpointJob, record: object, at: string, over = ''): Promise<void> {
    await database().query(`
      insert into ${one.target.schema}.${one.target.name}
        (data, source_instance_id, row_hash, cursor_at, updated_at, deleted_at)
      select d, 1, decode(md5(d::text), 'hex'), strata.read_instant(d->>'modifiedDate'), '${at}', ${over === '' ? 'null' : `'${over}'`}
      from (select '${JSON.stringify(record)}'::jsonb as d) r`)
  }

  const options = (one: EndpointJob) => ({
    job: one,
    instanceId: 1,
    database: database(),
    landingSchema,
    filter: { reason: null, ids: null },
    signal: new AbortController().signal,
  })

  const replay = (
    one: EndpointJob,
    over: Partial<{ instance: Instance; connector: ApiConnector; reason: string; ids: number[] }> = {},
  ) =>
    replayLetters({
      ...options(one),
      filter: { reason: over.reason ?? null, ids: over.ids ?? null },
      reach: async () => ({ connector: over.connector ?? connector(), instance: over.instance ?? north }),
      retryPolicy: impatient,
      clock: () => new Date(),
      onWait: () => {},
    })

  const bronze = async (one: EndpointJob) =>
    (
      await database().query<{ data: unknown }>(
        `select data from ${one.target.schema}.${one.target.name} where deleted_at is null order by data::text`,
      )
    ).rows.map(({ data }) => data)

  const letters = async (one: EndpointJob) =>
    (
      await database().query<{ resolution: string | null; resolved: boolean }>({
        text: `select resolution, resolved_at is not null as resolved from strata.dead_letters where job = $1 order by id`,
        values: [`${one.source}.${one.table}`],
      })
    ).rows.map(({ resolution }) => resolution)

  test('land under a key that was corrected, with all their digits, and those without a key stay', async () => {
    const key: EndpointJob['key'] = [{ field: ['id'] }, { field: ['arm'] }]
    const one = await prepared('corrected', { key })
    await put(
      one,
      { record: { id: 1, arm: 'a', n: 'x' } },
      { record: { id: 2, arm: 'b' } },
      { record: { id: 3 } },
    )
    await database().query(
      "update strata.dead_letters set record = record || '{\"n\": 9007199254740993}' where record->>'arm' = 'a'",
    )
    expect(await foreseeReplay(options(one))).toMatchObject({ landed: 2, open: [{ letters: 1 }] })
    expect(await letters(one)).toEqual([null, null, null])
    expect(await replay(one)).toEqual({
      landed: 2,
      there: 0,
      superseded: 0,
      asked: 0,
      open: [{ why: 'the record has no key', letters: 1 }],
    })
    expect(await letters(one)).toEqual(['replayed', 'replayed', null])
    const { rows } = await database().query(
      "select data->>'n' as n, record_key from bronze.dim_corrected_staging order by id",
    )
    expect(rows).toEqual([
      { n: '9007199254740993', record_key: '["1", "a"]' },
      { n: null, record_key: '["2", "b"]' },
    ])
  })

  test('are not marked gone by the walk over everything that was cut off before, and goes on', async () => {
    let list = [1, 2, 3, 4, 5, 6].map((id) => ({ id }))
    let failing = false
    server = await startRecordServer(({ query }) => {
      if (failing && query.get('$filter') === 'id gt 2') return { status: 500, body: '' }
      query.delete('$count')
      return pageOf(list, query)
    })
    const one = job('passed', { cursor: null, pageSize: 2 })
    const landing = await prepareLanding(database(), [one], [instance({ address: server.url })])
    await landing.land(one)
    failing = true
    await expect(landing.land(one)).rejects.toMatchObject({ code: 'SOURCE_FAILING' })
    // The walk is beyond it already.
    list = [{ id: 0 }, ...list]
    await put(one, { record: { id: 0 } })
    expect(await replay(one)).toMatchObject({ landed: 1 })
    failing = false
    const before = server.requests.length
    expect((await landing.land(one)).counts).toMatchObject({ inserted: 0, deleted: 0 })
    expect(server.requests[before]?.query.get('$filter')).toBe('id gt 2')
    expect(await bronze(one)).toContainEqual({ id: 0 })
  })

  test('never overwrite what is newer, whatever order they are in', async () => {
    const one = await prepared('aged')
    const stamped = (id: number, year: number, name: string) => ({
      id,
      name,
      modifiedDate: `${year}-01-01T00:00:00Z`,
    })
    await land(one, stamped(1, 2024, 'newer'), '2023-01-01Z')
    await land(one, stamped(2, 2022, 'older'), '2024-12-01Z')
    await land(one, stamped(3, 2022, 'same'), '2022-01-01Z')
    await land(one, { id: 4, name: 'landed later' }, '2024-07-01Z')
    await land(one, { id: 5, name: 'landed before' }, '2024-05-01Z')
    await land(one, { id: 6, name: 'gone since' }, '2024-05-01Z', '2024-07-01Z')
    await put(
      one,
      { record: stamped(1, 2023, 'letter') },
      { record: stamped(2, 2023, 'letter') },
      { record: stamped(3, 2022, 'same') },
      { record: { id: 4, name: 'letter' } },
      { record: { id: 5, name: 'letter' } },
      { record: { id: 6, name: 'letter' } },
      { record: { id: 7, name: 'second' }, created: '2024-06-03Z' },
      { record: { id: 7, name: 'first' }, created: '2024-06-02Z' },
    )
    expect(await replay(one)).toEqual({ landed: 3, there: 1, superseded: 4, asked: 0, open: [] })
    expect(await bronze(one)).toEqual(
      [
        { id: 4, name: 'landed later' },
        { id: 5, name: 'letter' },
        { id: 7, name: 'second' },
        stamped(3, 2022, 'same'),
        stamped(2, 2023, 'letter'),
        stamped(1, 2024, 'newer'),
      ].sort((a, b) => a.id - b.id),
    )
    expect(await letters(one)).toEqual([
      'superseded',
      'replayed',
      'replayed',
      'superseded',
      'replayed',
      'superseded',
      'replayed',
      'superseded',
    ])
  })

  test('open a run with a context, move no watermark and leave the freshness of the job alone', async () => {
    const one = await prepared('counted', {
      slices: [{ parameter: 'studyId', from: job('x').target, path: ['id'], match: {} }],
      endpoint: '/s/{studyId}/x',
    })
    await put(
      one,
      { record: { id: 1 }, reason: 'failed the test t', slice: '{"studyId":"17"}' },
      { record: { id: 2 }, reason: 'failed the test t', slice: '{"studyId":"18"}' },
    )
    expect(await replay(one, { reason: 'no_key' })).toMatchObject({ landed: 0 })
    expect(await replay(one, { reason: 'failed the test t' })).toMatchObject({ landed: 2, open: [] })
    const { rows } = await database().query(`
      select r.run_status, r.records_loaded, r.run_context, r.completed_at is not null as ended, c.kind, c.counts->'inserted' as inserted,
        j.last_run_status
      from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id
      join strata.job_runs c using (run_id) where j.name = 'Counted' order by run_id`)
    expect(rows).toEqual([
      {
        run_status: 'success',
        records_loaded: 0,
        run_context: { replay: 0 },
        ended: true,
        kind: 'replay',
        inserted: 0,
        last_run_status: null,
      },
      {
        run_status: 'success',
        records_loaded: 2,
        run_context: { replay: 2 },
        ended: true,
        kind: 'replay',
        inserted: 2,
        last_run_status: null,
      },
    ])
    const contexts = await database().query(
      'select context from bronze.dim_counted_staging order by context::text',
    )
    expect(contexts.rows).toEqual([{ context: { studyId: '17' } }, { context: { studyId: '18' } }])
    const moved = await database().query("select from strata.job_watermarks where job = 'clinic.counted'")
    expect(moved.rows).toEqual([])
  })

  test('are asked for again where they could not be read, below the address of the instance', async () => {
    const one = await prepared('asked')
    let healthy = false
    server = await startRecordServer(({ query }: RecordRequest): RecordReply => {
      if (query.get('$skip') === '7') return { status: 404, body: {} }
      if (query.get('$skip') === '8') return { body: '[{"id": 8, "n": 1e999999}]' }
      return healthy ? { body: { value: [{ id: 5, name: 'healed' }] } } : { status: 400, body: {} }
    })
    const reached = { instance: { ...north, address: `${server.url}/base` } }
    const unreadable = (request: unknown) => ({ record: {}, reason: 'unreadable', request })
    await put(
      one,
      unreadable({ path: '/asked/odata', query: '$top=1&$skip=5' }),
      unreadable({ path: '/asked/odata', query: { $top: 1, $skip: 7 } }),
      unreadable({ path: '/asked/odata', query: '$skip=8' }),
      unreadable({ path: '/../../elsewhere', query: '' }),
    )
    expect(await foreseeReplay(options(one))).toMatchObject({ asked: 4, landed: 0 })
    const sick = await replay(one, reached)
    expect(sick).toMatchObject({ landed: 0, superseded: 0 })
    expect(sick.open.map(({ why }) => why).sort()).toEqual([
      expect.stringMatching(/has no \/base\/asked\/odata \(404\)/),
      expect.stringMatching(/rejects our request for \/base\/asked\/odata \(400\)|\(400\)/),
      'the answer for clinic.asked cannot be read or stored',
      'the letter does not say how to ask for it',
    ])
    expect(server.requests.every(({ path }) => path === '/base/asked/odata')).toBe(true)
    healthy = true
    expect(await replay(one, reached)).toMatchObject({ landed: 1 })
    expect(await bronze(one)).toEqual([{ id: 5, name: 'healed' }])
    expect(await letters(one)).toEqual(['replayed', null, null, null])
  })

  test('that Postgres cannot store stay, unless the record has come in order since', async () => {
    const one = await prepared('unstorable')
    const mark = '\uE000strata-unstorable\uE000'
    await put(
      one,
      { record: { id: 1, note: mark }, reason: 'unstorable_text' },
      { record: { id: 2, note: mark }, reason: 'unstorable_text' },
    )
    await land(one, { id: 2, note: 'repaired' }, '2024-07-01Z')
    expect(await replay(one)).toMatchObject({
      superseded: 1,
      open: [{ why: 'the record holds text that Postgres cannot store', letters: 1 }],
    })
    expect(await bronze(one)).toEqual([{ id: 2, note: 'repaired' }])
  })

  test('are dismissed by source, reason or id, and then are open no more', async () => {
    const one = await prepared('dismissed')
    await put(
      one,
      { record: { a: 1 } },
      { record: { a: 2 } },
      { record: { id: 3 }, reason: 'failed the test t' },
    )
    const mine = async () =>
      (await readOpenLetters(database(), landingSchema)).filter((open) => open.job === 'clinic.dismissed')
    expect(await mine()).toEqual([
      { job: 'clinic.dismissed', instanceId: 1, reason: 'failed the test t', letters: 1 },
      { job: 'clinic.dismissed', instanceId: 1, reason: 'no_key', letters: 2 },
    ])
    const filter = { reason: 'no_key', ids: null }
    expect(await dismissLetters(database(), landingSchema, (await mine())[1]!, filter)).toBe(2)
    expect(await letters(one)).toEqual(['dismissed', 'dismissed', null])
    expect(await replay(one)).toMatchObject({ landed: 1, open: [] })
  })

  test('come in batches, the newest first, however many there are', async () => {
    const one = await prepared('many')
    await database().query(`
      insert into strata.dead_letters (landing_schema, job, instance_id, slice, reason, record, record_hash, created_at)
      select 'bronze', 'clinic.many', 1, '{}', 'failed the test t', r, decode(md5(r::text), 'hex'), timestamptz '2024-01-01Z' + n * interval '1 second'
      from generate_series(1, 1200) n, lateral (select jsonb_build_object('id', n % 700, 'n', n) as r) x`)
    expect(await replay(one)).toMatchObject({ landed: 700, superseded: 500, open: [] })
    const { rows } = await database().query(
      "select count(*)::int as n, min((data->>'n')::int) as least from bronze.dim_many_staging",
    )
    expect(rows).toEqual([{ n: 700, least: 501 }])
  })
})
