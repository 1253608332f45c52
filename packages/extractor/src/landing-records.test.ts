import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, prepareLanding } from './testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

describeDatabases('landing of records', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function serve(
    answer: (request: RecordRequest) => RecordReply,
    jobs: Parameters<typeof prepareLanding>[1],
  ) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const rowsOf = async (table: string) =>
    (
      await database().query<{ key: string; data: string }>(
        `select data->>'id' as key, data::text as data from bronze.dim_${table}_staging order by data->>'id'`,
      )
    ).rows

  test('keep every digit', async () => {
    const digits = job('digits')
    const landing = await serve(
      () => ({ body: '{"@odata.count":1,"value":[{"id":9007199254740993,"dose":1.10,"tiny":1e-7}]}' }),
      [digits],
    )
    await landing.land(digits)
    expect(await rowsOf('digits')).toEqual([
      { key: '9007199254740993', data: '{"id": 9007199254740993, "dose": 1.10, "tiny": 0.0000001}' },
    ])
  })

  test('without an id are set aside once, and counted (trap b)', async () => {
    const keyless = job('keyless')
    const records = [{ id: 1 }, { name: 'nobody' }, { id: null, name: 'no one' }, 17]
    const landing = await serve(({ query }) => pageOf(records, query), [keyless])
    for (let round = 1; round <= 2; round += 1) {
      const outcome = await landing.land(keyless)
      expect(outcome).toMatchObject({ status: 'warned', counts: { fetched: 4, quarantined: 3 } })
      expect(outcome.message).toContain('3 quarantined in strata.dead_letters')
    }
    expect(await rowsOf('keyless')).toHaveLength(1)
    const { rows } = await database().query(
      "select reason, record from strata.dead_letters where job = 'clinic.keyless' order by record",
    )
    expect(rows).toEqual([
      { reason: 'no_key', record: 17 },
      { reason: 'no_key', record: { name: 'nobody' } },
      { reason: 'no_key', record: { id: null, name: 'no one' } },
    ])
    const loaded = await database().query(`
      select records_loaded from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id
      where j.name = 'Keyless'`)
    expect(loaded.rows).toEqual([{ records_loaded: 1 }, { records_loaded: 1 }])
  })

  test('of one key on one page give the last', async () => {
    const twins = job('twins')
    const landing = await serve(
      ({ query }) => pageOf([{ id: 1, v: 'first' }, { id: 2 }, { id: 1, v: 'last' }], query),
      [twins],
    )
    expect((await landing.land(twins)).counts).toMatchObject({ fetched: 3, inserted: 2, unchanged: 1 })
    expect((await rowsOf('twins'))[0]?.data).toContain('last')
  })

  test('that jsonb cannot hold are set aside and the others land', async () => {
    const odd = job('odd')
    const body = String.raw`{"value":[{"id":1,"t":"a\u0000b"},{"id":2,"t":"\\u0000 \ud83d\ude00"},{"id":3,"t":"\ud83d"}]}`
    const landing = await serve(
      ({ query }) => (query.has('$filter') || query.has('$skip') ? { body: { value: [] } } : { body }),
      [odd],
    )
    expect((await landing.land(odd)).counts).toMatchObject({ fetched: 3, inserted: 1, quarantined: 2 })
    expect(await rowsOf('odd')).toEqual([{ key: '2', data: String.raw`{"t": "\\u0000 😀", "id": 2}` }])
    const { rows } = await database().query("select reason from strata.dead_letters where job = 'clinic.odd'")
    expect(rows).toEqual([{ reason: 'unstorable_text' }, { reason: 'unstorable_text' }])
  })

  test('of 20 MB lands, beside small ones', async () => {
    const huge = job('huge', { cursor: null, pageSize: 3 })
    const note = 'é'.repeat(10 * 1024 ** 2)
    const records = [{ id: 1 }, { id: 2, note }, { id: 3 }]
    const landing = await serve(({ query }) => pageOf(records, query), [huge])
    expect((await landing.land(huge)).counts).toMatchObject({ fetched: 3, inserted: 3, quarantined: 0 })
    const { rows } = await database().query(
      "select octet_length(data->>'note') as bytes from bronze.dim_huge_staging where data->>'id' = '2'",
    )
    expect(rows).toEqual([{ bytes: 20 * 1024 ** 2 }])
  })

  test('with a composite key are told apart by all its parts', async () => {
    const visits = job('visits', { endpoint: '/visits' })
    const elements = job('elements', {
      endpoint: '/visits/{visitId}/elements',
      key: [{ parameter: 'visitId' }, { field: ['element', 'id'] }],
      slices: [{ parameter: 'visitId', from: visits.target, path: ['id'], match: {} }],
    })
    const landing = await serve(
      ({ path, query }) =>
        path === '/visits'
          ? pageOf([{ id: 'a/b' }, { id: "o'k" }], query)
          : pageOf([{ element: { id: 7 }, from: decodeURIComponent(path) }, { element: {} }], query),
      [visits, elements],
    )
    await landing.land(visits)
    expect((await landing.land(elements)).counts).toMatchObject({ inserted: 2, quarantined: 2 })
    expect((await landing.land(elements)).counts).toMatchObject({ inserted: 0, unchanged: 2, quarantined: 2 })
    const { rows } = await database().query(
      "select record_key, data->>'from' as source, context from bronze.dim_elements_staging order by 1",
    )
    expect(rows).toEqual([
      { record_key: '["a/b", "7"]', source: '/visits/a/b/elements', context: { visitId: 'a/b' } },
      { record_key: '["o\'k", "7"]', source: "/visits/o'k/elements", context: { visitId: "o'k" } },
    ])
  })

  test('that come back after they were found gone are alive again', async () => {
    const revived = job('revived')
    const landing = await serve(({ query }) => pageOf([{ id: 1 }], query), [revived])
    await landing.land(revived)
    await database().query('update bronze.dim_revived_staging set deleted_at = now()')
    expect((await landing.land(revived)).counts).toMatchObject({ changed: 1 })
    const { rows } = await database().query('select deleted_at from bronze.dim_revived_staging')
    expect(rows).toEqual([{ deleted_at: null }])
  })

  test('that change get a new transaction, time and run, and keep their id', async () => {
    const edited = job('edited')
    let name = 'before'
    const landing = await serve(({ query }) => pageOf([{ id: 1, name }, { id: 2 }], query), [edited])
    await landing.land(edited)
    const state = async () =>
      (
        await database().query(`select id, changed_xid::text, etl_run_id, created_at, updated_at > created_at as later
          from bronze.dim_edited_staging order by id`)
      ).rows
    const [first, second] = await state()
    name = 'after'
    await landing.land(edited)
    const [changed, same] = await state()
    expect(same).toEqual(second)
    expect(changed).toMatchObject({ id: first!.id, created_at: first!.created_at, later: true })
    expect(changed!.changed_xid).not.toBe(first!.changed_xid)
    expect(changed!.etl_run_id).not.toBe(first!.etl_run_id)
  })
})
