import { StrataError } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { connector } from '../testing/landing-fixture.ts'
import { startRecordServer } from '../testing/record-server.ts'
import { type ServedInstance, serveInstance } from '../testing/serve-instance.ts'
import { withoutKey } from './authorization.ts'

let served: ServedInstance | null = null
afterEach(async () => {
  await served?.close()
  served = null
})

const serve = async (...options: Parameters<typeof serveInstance>) => {
  served = await serveInstance(...options)
  return served
}
const good = () => ({ body: [{ id: 1 }] })
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as StrataError,
  )

test('an API key goes into the header that is declared', async () => {
  const { get, requests } = await serve(good, {
    connector: { auth: { kind: 'api_key', name: 'X-Key', location: 'header' } },
  })
  await get()
  expect(requests[0]!.headers['x-key']).toBe('key-of-north')
})

test('an API key in the query is sent once, and never named', async () => {
  const key = 'secret key/of+north'
  const { get, requests } = await serve(
    ({ path }) =>
      path === '/moved'
        ? { status: 307, headers: { location: `/things?$top=2&token=${encodeURIComponent(key)}` }, body: '' }
        : { status: path === '/things' ? 200 : 400, body: [] },
    {
      connector: { auth: { kind: 'api_key', name: 'token', location: 'query' } },
      instance: { credentials: { api_key: key } },
    },
  )
  await get('/moved?$top=2')
  await get(`/things?$skip=4&token=${encodeURIComponent(key)}`)
  expect(requests.map(({ query }) => [...query])).toEqual([
    [
      ['$top', '2'],
      ['token', key],
    ],
    [
      ['$top', '2'],
      ['token', key],
    ],
    [
      ['$skip', '4'],
      ['token', key],
    ],
  ])
  const failure = await failureOf(get(`/others?token=${encodeURIComponent(key)}`))
  expect(failure.code).toBe('SOURCE_REJECTED')
  expect(failure.message + failure.hint).not.toMatch(/secret|token=/)
  const stranger = new StrataError({ code: 'X', message: `GET /things?token=${encodeURIComponent(key)}` })
  expect(stranger.message).toBe('GET /things?token=***')
})

test('what is stored of a link has no key', () => {
  const declared = connector({ auth: { kind: 'api_key', name: 'token', location: 'query' } })
  const link = new URL('https://api.example/things?$skip=2&token=abc&$top=1')
  const nothing = { credentials: {} }
  expect(withoutKey(link, declared, nothing).href).toBe('https://api.example/things?$skip=2&$top=1')
  expect(withoutKey(link, connector(), nothing).href).toBe(link.href)
  // Sent in a header, and repeated in the query.
  const known = { credentials: { api_key: 'abc' } }
  expect(withoutKey(link, connector(), known).href).toBe('https://api.example/things?$skip=2&$top=1')
})

test('a bearer token, a name with a password, and nothing at all go out as they should', async () => {
  const cases = [
    [{ kind: 'bearer' }, { token: 'abcd' }, 'Bearer abcd'],
    [{ kind: 'http_basic' }, { username: 'anna', password: 'pässword' }, 'Basic YW5uYTpww6Rzc3dvcmQ='],
    [{ kind: 'none' }, {}, undefined],
  ] as const
  for (const [auth, credentials, header] of cases) {
    const { get, requests, close } = await serve(good, { connector: { auth }, instance: { credentials } })
    await get()
    expect(requests[0]!.headers.authorization).toBe(header)
    expect(requests[0]!.headers['x-apikey']).toBeUndefined()
    await close()
  }
})

test('declared headers are filled with the parameters of the instance, and stand over our own', async () => {
  const { get, requests } = await serve(good, {
    connector: { headers: { Accept: 'application/vnd.x+json', 'X-Office': 'office {office}' } },
    instance: { parameters: { office: '17' } },
  })
  await get()
  expect(requests[0]!.headers).toMatchObject({ accept: 'application/vnd.x+json', 'x-office': 'office 17' })
})

test('a key or header that cannot be sent is refused with its name, not its value', async () => {
  const broken = serveInstance(good, { instance: { credentials: { api_key: 'line\nbreak' } } })
  expect(await failureOf(broken)).toMatchObject({
    code: 'HEADER_INVALID',
    message: 'api_key of clinic instance north holds a character that no header can hold',
  })
  const missing = serveInstance(good, { connector: { headers: { 'X-Office': '{office}' } } })
  expect((await failureOf(missing)).message).toContain('{office}')
})

test('a next link to another origin is not followed', async () => {
  const { client } = await serve(good)
  const failure = await failureOf(
    client.get(new URL('https://evil.example/things'), new AbortController().signal),
  )
  expect(failure).toMatchObject({
    code: 'SOURCE_LINK_ELSEWHERE',
    message: 'clinic instance north sends us for the next page to another origin, https://evil.example',
  })
})

test('a redirect to another origin is not followed, and one in a circle ends', async () => {
  const other = await startRecordServer(good)
  const { get, requests } = await serve(({ path }) => ({
    status: 302,
    headers: { location: path === '/round' ? '/round' : `${other.url}/login` },
    body: '',
  }))
  expect(await failureOf(get('/away'))).toMatchObject({
    code: 'SOURCE_REDIRECTED',
    message: `clinic instance north redirects /away to another place, ${other.url} (302)`,
  })
  expect((await failureOf(get('/round'))).message).toContain('again and again')
  expect(requests).toHaveLength(5)
  expect(other.requests).toHaveLength(0)
  await other.close()
})
