import { setTimeout as delay } from 'node:timers/promises'
import type { SourceError } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { connector, impatient, instance } from '../testing/landing-fixture.ts'
import { type RecordReply, startRecordServer } from '../testing/record-server.ts'
import { type ServedInstance, serveInstance } from '../testing/serve-instance.ts'
import { createInstanceClient } from './instance-client.ts'

let all: ServedInstance[] = []
afterEach(async () => {
  await Promise.all(all.map((served) => served.close()))
  all = []
})

const serve = async (...options: Parameters<typeof serveInstance>) => {
  const served = await serveInstance(...options)
  all.push(served)
  return served
}
const good: RecordReply = { body: [] }
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as SourceError,
  )

test('each status has its class', async () => {
  const cases: readonly [number, string, string, { readonly [name: string]: string }?][] = [
    [301, '', 'SOURCE_REJECTED'],
    [400, '', 'SOURCE_REJECTED'],
    [400, '?$top=1', 'SOURCE_REJECTED'],
    [401, '', 'SOURCE_UNAUTHORIZED'],
    [403, '', 'SOURCE_UNAUTHORIZED'],
    [403, '', 'SOURCE_BUSY', { 'retry-after': '0' }],
    [404, '?$top=1', 'SOURCE_NOT_FOUND'],
    [405, '?$top=1', 'SOURCE_REJECTED'],
    [408, '', 'SOURCE_TIMEOUT'],
    [410, '', 'SOURCE_NOT_FOUND'],
    [413, '', 'SOURCE_REJECTED'],
    [422, '', 'SOURCE_REJECTED'],
    [429, '', 'SOURCE_BUSY'],
    [500, '', 'SOURCE_FAILING'],
    [501, '?$top=1', 'SOURCE_REJECTED'],
    [501, '?limit=1', 'SOURCE_NOT_FOUND'],
    [503, '', 'SOURCE_FAILING'],
  ]
  for (const [status, query, code, headers] of cases) {
    const { get } = await serve(() => ({ status, body: '', headers: headers ?? {} }), { retries: 0 })
    expect(await failureOf(get(`/things${query}`))).toMatchObject({ code, status })
  }
})

test('passing failures are asked again, as often as the caller wants', async () => {
  for (const [retries, requests] of [
    [undefined, 3],
    [0, 1],
    [1, 2],
  ] as const) {
    const served = await serve(() => ({ status: 500, body: '' }))
    const options = retries === undefined ? {} : { retries }
    const asked = served.client.get(new URL(`${served.url}/x`), new AbortController().signal, options)
    expect(await failureOf(asked)).toMatchObject({ code: 'SOURCE_FAILING', status: 500 })
    expect(served.requests).toHaveLength(requests)
  }
})

test('a cut connection, a cut answer and a login page are asked again', async () => {
  const bad: RecordReply[] = [
    { body: '', send: (outgoing) => outgoing.write('[{', () => outgoing.destroy()) },
    { body: '[{"id":1}, {"id"' },
    { body: '<html>back in a minute</html>' },
  ]
  for (const reply of bad) {
    const replies = [reply]
    const { get } = await serve(() => replies.shift() ?? good)
    expect((await get()).body).toBe('[]')
  }
})

test('what cannot be read is asked for once more, not for ever', async () => {
  const { get, requests } = await serve(() => ({ body: '[{"id":1}, {"id"' }), { retries: 5 })
  expect(await failureOf(get())).toMatchObject({ code: 'SOURCE_UNREADABLE_PAGE', status: 200 })
  expect(requests).toHaveLength(2)
})

test('a refused key stops all requests of the instance', async () => {
  const { get, requests } = await serve(() => ({ status: 403, body: '' }), { connector: { concurrency: 1 } })
  const ends = await Promise.all([failureOf(get('/a')), failureOf(get('/b')), failureOf(get('/c'))])
  expect(ends.map(({ code }) => code)).toEqual(Array(3).fill('SOURCE_UNAUTHORIZED'))
  expect(requests).toHaveLength(1)
})

test('an instance that answered before is waited for, and one that never did is soon given up', async () => {
  const server = await startRecordServer(() => good)
  const place = { connector: connector(), instance: instance({ address: server.url }) }
  const client = createInstanceClient(place, () => new Date(), { ...impatient, retries: 3 })
  const get = () => client.get(new URL(`${server.url}/x`), new AbortController().signal)
  await get()
  await server.close()
  expect(await failureOf(get())).toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  expect(client.requests).toMatchObject({ total: 5, byStatus: { 200: 1, none: 4 } })
  const stranger = createInstanceClient(place, () => new Date(), { ...impatient, retries: 3 })
  await failureOf(stranger.get(new URL(`${server.url}/x`), new AbortController().signal))
  expect(stranger.requests.total).toBe(2)
})

test('Retry-After holds back all requests of the instance, in full, and counts as no failed try', async () => {
  let refusals = 3
  const arrivals: number[] = []
  const { get, client } = await serve(
    () => {
      arrivals.push(performance.now())
      refusals -= 1
      return refusals >= 0 ? { status: 429, headers: { 'retry-after': '0.1' }, body: '' } : good
    },
    { connector: { concurrency: 1 }, retries: 1 },
  )
  await Promise.all([get('/a'), get('/b')])
  for (const refused of [0, 1, 2])
    expect(arrivals[refused + 1]! - arrivals[refused]!).toBeGreaterThanOrEqual(98)
  expect(client.requests).toMatchObject({ total: 5, byStatus: { 200: 2, 429: 3 } })
  expect(client.requests.waitedMs).toBeGreaterThanOrEqual(290)
})

test('Retry-After by date is measured on the clock of the server', async () => {
  let refused = 0
  const { get } = await serve(() => {
    if (refused > 0) return good
    refused = performance.now()
    const yearsAgo = { date: 'Sun, 01 Mar 2020 12:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2020 12:00:01 GMT' }
    return { status: 503, headers: yearsAgo, body: '' }
  })
  await get()
  expect(performance.now() - refused).toBeGreaterThanOrEqual(990)
})

test('a quota fails all jobs of the instance at once, until its time has passed', async () => {
  let over = true
  const { client, url, requests } = await serve(
    () => (over ? { status: 429, headers: { 'retry-after': '1' }, body: '' } : good),
    { connector: { concurrency: 1, maxRetryAfterSeconds: 0.5 } },
  )
  const get = (job: string) => client.forJob(job).get(new URL(`${url}/${job}`), new AbortController().signal)
  const ends = await Promise.all([failureOf(get('a')), failureOf(get('b')), failureOf(get('c'))])
  expect(ends.map(({ code, status }) => [code, status])).toEqual(Array(3).fill(['SOURCE_QUOTA', 429]))
  expect(await failureOf(get('d'))).toMatchObject({ code: 'SOURCE_QUOTA' })
  expect(requests).toHaveLength(1)
  over = false
  await delay(1_010)
  expect((await get('a')).body).toBe('[]')
})

test('one that is throttled or slow does not delay another instance', async () => {
  let refused = false
  const throttled = await serve(() => {
    if (refused) return good
    refused = true
    return { status: 429, headers: { 'retry-after': '1' }, body: '' }
  })
  const slow = await serve(async () => {
    await delay(1_000)
    return good
  })
  const quick = await serve(() => good)
  const ends: string[] = []
  const ask = (name: string, { get }: ServedInstance) => get().then(() => ends.push(name))
  const asked = [ask('throttled', throttled), ask('slow', slow)]
  for (let request = 0; request < 5; request += 1) await ask('quick', quick)
  expect(ends).toEqual(Array(5).fill('quick'))
  await Promise.all(asked)
})

test('fewer requests run at once after the API was too busy', async () => {
  let [running, most, answers] = [0, 0, 0]
  const { get } = await serve(
    async () => {
      answers += 1
      if (answers <= 4) return { status: 503, body: '' }
      running += 1
      most = Math.max(most, running)
      await delay(10)
      running -= 1
      return good
    },
    { connector: { concurrency: 4 }, retries: 4 },
  )
  await Promise.all(['/a', '/b', '/c', '/d'].map((path) => get(path)))
  expect(most).toBeLessThan(4)
})

test('jobs of an instance take turns, and each counts its own requests', async () => {
  const { client, get, requests } = await serve(() => good, { connector: { concurrency: 1 } })
  const [large, small] = [client.forJob('large'), client.forJob('small')]
  await Promise.all([...['/l1', '/l2', '/l3', '/l4'].map((path) => get(path, large)), get('/s1', small)])
  expect(requests.map(({ path }) => path).indexOf('/s1')).toBeLessThan(3)
  expect([large, small, client].map((of) => of.requests.total)).toEqual([4, 1, 5])
})

test('a declared budget is kept, with redirects and further tries', async () => {
  const arrivals: number[] = []
  let failures = 0
  const { get } = await serve(
    ({ path }) => {
      arrivals.push(performance.now())
      if (path === '/moved') return { status: 302, headers: { location: '/here' }, body: '' }
      failures += path === '/b' ? 1 : 0
      return path === '/b' && failures === 1 ? { status: 500, body: '' } : good
    },
    { connector: { concurrency: 4, requestBudget: { requests: 2, perSeconds: 0.2 } } },
  )
  const asked = performance.now()
  await Promise.all([get('/moved'), get('/a'), get('/b')])
  expect(arrivals).toHaveLength(5)
  // Two at a time: the fifth belongs to the third window.
  expect(arrivals[4]! - asked).toBeGreaterThanOrEqual(398)
})
