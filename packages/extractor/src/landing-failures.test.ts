import { setTimeout as delay } from 'node:timers/promises'
import type { Instance } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from './testing/describe-databases.ts'
import { connector, instance, job, prepareLanding } from './testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

describeOldestDatabase('a source that fails', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  type Jobs = Parameters<typeof prepareLanding>[1]

  async function serve(
    answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
    jobs: Jobs,
    instances: (url: string) => readonly Instance[] = (url) => [instance({ address: url })],
  ) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, instances(server.url))
  }

  const twoInstances = (url: string) => [
    instance({ address: `${url}/north` }),
    instance({ id: 2, name: 'south', address: `${url}/south`, credentials: { api_key: 'key-of-south' } }),
  ]
  const runsOf = async (name: string) =>
    (
      await database().query(`
        select r.run_status, r.error_message, j.last_run_status from bronze.dw_etl_runs r
        join bronze.dw_etl_jobs j on j.id = r.job_id where j.name = '${name}' order by run_id`)
    ).rows

  test('by a wrong key stops that instance and says which key', async () => {
    const [locked, alsoLocked] = [job('locked'), job('alsolocked')]
    const landing = await serve(() => ({ status: 401, body: {} }), [locked, alsoLocked])
    const failure = await landing.land(locked).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
      message: 'clinic instance north refuses our key (401)',
      hint: expect.stringContaining('CLINIC_NORTH_KEY'),
    })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('key-of-north')
    expect(server!.requests).toHaveLength(1)
    expect(server!.requests[0]!.headers['x-apikey']).toBe('key-of-north')
    expect(await runsOf('Locked')).toMatchObject([{ run_status: 'failed', last_run_status: 'failed' }])
  })

  test('by a wrong key of one instance leaves the others alone, and is partial (R12)', async () => {
    const shared = job('shared')
    const landing = await serve(
      ({ path, query }) =>
        path.startsWith('/south') ? { status: 403, body: {} } : pageOf([{ id: 1 }], query),
      [shared],
      twoInstances,
    )
    const outcome = await landing.land(shared)
    expect(outcome).toMatchObject({ status: 'failed', partial: true, counts: { inserted: 1 } })
    expect(outcome.message).toContain('north: first load; south: clinic instance south refuses our key (403)')
  })

  test('in another way for each instance is told of all of them, and is not partial', async () => {
    const divided = job('divided')
    const landing = await serve(
      ({ path }) => ({ status: path.startsWith('/south') ? 403 : 401, body: {} }),
      [divided],
      twoInstances,
    )
    const outcome = await landing.land(divided)
    expect(outcome).toMatchObject({ status: 'failed', partial: false })
    expect(outcome.message).toMatch(
      /north: .*north refuses our key \(401\).*; south: .*south refuses our key \(403\)/,
    )
  })

  test('with 404 or 501 is unsupported, not failed', async () => {
    for (const status of [404, 501]) {
      const absent = job(`absent${status}`)
      const landing = await serve(() => ({ status, body: {} }), [absent])
      expect(await landing.land(absent)).toMatchObject({
        status: 'warned',
        message: expect.stringContaining(
          `endpoint not supported: /absent${status}/odata (${status}) → check the endpoint`,
        ),
      })
      expect(await runsOf(`Absent${status}`)).toMatchObject([
        { run_status: 'success', last_run_status: 'unsupported' },
      ])
      // 501 may be about an option: it is asked once more, in the plainest ways.
      const asked = server!.requests.map(({ query }) => [...query.keys()].join())
      expect(asked).toEqual(status === 404 ? ['$top,$count,$orderby'] : ['$top,$count,$orderby', '$top', ''])
      await server!.close()
    }
  })

  test('with a login page says that it is no JSON', async () => {
    const login = job('login')
    const landing = await serve(
      () => ({ headers: { 'content-type': 'text/html' }, body: '<html>Mary Major, please log in</html>' }),
      [login],
    )
    await expect(landing.land(login)).rejects.toMatchObject({
      code: 'SOURCE_NOT_JSON',
      message: 'clinic instance north answers /login/odata with an HTML page that is not JSON',
    })
  })

  test('with JSON that is cut short or has no list says so, and names no value', async () => {
    for (const [index, body] of [
      '{"value":[{"id":1,"name":"Mary Maj',
      '{"error":"Mary Major"}',
      '"Mary"',
      '',
    ].entries()) {
      const cut = job(`cut${index}`)
      const landing = await serve(() => ({ body }), [cut])
      const failure = (await landing.land(cut).catch((error: unknown) => error)) as Error & { code: string }
      expect(failure.code).toMatch(/^SOURCE_(UNREADABLE_PAGE|NOT_JSON)$/)
      expect(failure.message).not.toContain('Mary')
      expect(JSON.stringify(await runsOf(`Cut${index}`))).not.toContain('Mary')
      await server!.close()
    }
  })

  test('that is not there says where it was looked for', async () => {
    const gone = job('gone')
    const landing = await prepareLanding(database(), [gone], [instance({ address: 'http://127.0.0.1:9' })])
    await expect(landing.land(gone)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: 'clinic instance north cannot be reached at http://127.0.0.1:9 (ECONNREFUSED)',
      hint: expect.stringContaining('base_url'),
    })
    expect(await runsOf('Gone')).toMatchObject([{ run_status: 'failed' }])
  })

  test('now and then is asked again, and Retry-After is honoured in full', async () => {
    const shaky = job('shaky')
    const replies: RecordReply[] = [
      { status: 503, body: {} },
      { status: 429, headers: { 'retry-after': '1' }, body: {} },
    ]
    let last = 0
    const landing = await serve(
      ({ query }) => {
        const reply = replies.shift()
        if (reply?.status === 429) last = performance.now()
        return reply ?? pageOf([{ id: 1 }], query)
      },
      [shaky],
    )
    expect((await landing.land(shaky)).status).toBe('success')
    expect(performance.now() - last).toBeGreaterThanOrEqual(990)
    const asked = server!.requests.map(({ query }) => query.toString())
    expect(asked.slice(1, 3)).toEqual([asked[0], asked[0]])
    // What lies beyond the one record.
    expect(asked).toHaveLength(4)
  })

  test('by asking for more patience than a job has fails with the time to come back', async () => {
    const quota = job('quota')
    const landing = await serve(
      () => ({ status: 429, headers: { 'retry-after': '3600' }, body: {} }),
      [quota],
    )
    await expect(landing.land(quota)).rejects.toMatchObject({
      code: 'SOURCE_QUOTA',
      message: expect.stringContaining('in 60 minutes'),
    })
    expect(server!.requests).toHaveLength(1)
  })

  test('by redirecting elsewhere never sees our key there', async () => {
    const elsewhere = await startRecordServer(() => ({ body: [] }))
    const moved = job('moved')
    const landing = await serve(
      () => ({ status: 302, headers: { location: elsewhere.url }, body: '' }),
      [moved],
    )
    await expect(landing.land(moved)).rejects.toMatchObject({ code: 'SOURCE_REDIRECTED' })
    expect(elsewhere.requests).toHaveLength(0)
    await elsewhere.close()
  })

  test('by being slow is given up after the timeout of the connector', async () => {
    const slow = job('slow')
    server = await startRecordServer(async () => {
      await delay(5_000, undefined, { ref: false })
      return { body: [] }
    })
    const landing = await prepareLanding(
      database(),
      [slow],
      [instance({ address: server.url })],
      connector({ timeoutSeconds: 0.05 }),
    )
    await expect(
      landing.land(slow, { retryPolicy: { retries: 0, firstDelayMs: 1, maxDelayMs: 1 } }),
    ).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
  })

  test('for some slices fails the run and lands the others', async () => {
    const trees = job('trees', { cursor: null })
    const fruits = job('fruits', {
      endpoint: '/trees/{tree}/fruits',
      slices: [{ parameter: 'tree', from: trees.target, path: ['id'], match: {} }],
    })
    const landing = await serve(
      ({ path, query }) =>
        path === '/trees/2/fruits'
          ? { status: 500, body: '' }
          : pageOf([{ id: path === '/trees/odata' ? 1 : path }, { id: 2 }], query),
      [trees, fruits],
    )
    await landing.land(trees)
    const outcome = await landing.land(fruits)
    expect(outcome).toMatchObject({ status: 'failed', partial: true })
    expect(outcome.message).toContain(
      '1 of 2 slices failed: clinic instance north fails at /trees/2/fruits (500)',
    )
    expect(await runsOf('Fruits')).toMatchObject([
      { run_status: 'failed', error_message: expect.stringContaining('1 of 2 slices failed') },
    ])
  })
})
