import { setTimeout as delay } from 'node:timers/promises'
import type { StrataError } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { type RecordReply, type RecordRequest, startRecordServer } from '../testing/record-server.ts'
import { type ServedInstance, serveInstance } from '../testing/serve-instance.ts'

let served: ServedInstance | null = null
afterEach(async () => {
  await served?.close()
  served = null
})

const credentials = { client_id: 'us', client_secret: 'secret of ours' }

/** Gives the tokens t1, t2, …, and takes those that `takes` says. */
async function serveTokens(
  giveToken: (count: number, request: RecordRequest) => RecordReply | Promise<RecordReply>,
  takes: (token: string) => boolean = () => true,
  { tokenUrl = '/oauth/token', retries = 1 } = {},
) {
  let count = 0
  served = await serveInstance(
    async (request) => {
      if (request.path === '/oauth/token') {
        count += 1
        return await giveToken(count, request)
      }
      const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
      return takes(token) ? { body: [{ token }] } : { status: 401, body: {} }
    },
    {
      connector: { auth: { kind: 'oauth2_client_credentials', tokenUrl, scope: 'read' } },
      instance: { credentials },
      retries,
    },
  )
  const { get, requests } = served
  return {
    get,
    client: served.client,
    url: served.url,
    asked: () => requests.filter(({ path }) => path === '/oauth/token'),
    tokenOf: async () => JSON.parse((await get()).body)[0].token as string,
  }
}

const token = (count: number, expiresIn: unknown = 3600): RecordReply => ({
  body: { access_token: `t${count}-of-north`, token_type: 'bearer', expires_in: expiresIn },
})
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as StrataError,
  )

test('one token serves all requests of an instance', async () => {
  const { asked, tokenOf } = await serveTokens(async (count) => {
    await delay(20)
    return token(count)
  })
  expect(await Promise.all([tokenOf(), tokenOf(), tokenOf()])).toEqual(Array(3).fill('t1-of-north'))
  expect(await tokenOf()).toBe('t1-of-north')
  expect(asked()).toHaveLength(1)
  expect(asked()[0]!.method).toBe('POST')
  expect(Object.fromEntries(asked()[0]!.form)).toEqual({
    grant_type: 'client_credentials',
    scope: 'read',
    ...credentials,
  })
})

test('a token is renewed before it expires', async () => {
  const { tokenOf } = await serveTokens((count) => token(count, '0.2'))
  expect(await tokenOf()).toBe('t1-of-north')
  await delay(185)
  expect(await tokenOf()).toBe('t2-of-north')
})

test('a token that is refused is renewed once, for all who had it', async () => {
  const { asked, tokenOf } = await serveTokens(token.bind(null), (value) => value !== 't1-of-north')
  expect(await Promise.all([tokenOf(), tokenOf()])).toEqual(['t2-of-north', 't2-of-north'])
  expect(asked()).toHaveLength(2)
})

test('where the new token is refused as well, the instance is stopped', async () => {
  const { asked, get, client } = await serveTokens(token.bind(null), () => false)
  expect(await failureOf(get())).toMatchObject({ code: 'SOURCE_UNAUTHORIZED', status: 401 })
  expect(await failureOf(get())).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
  expect(asked()).toHaveLength(2)
  expect(client.requests).toMatchObject({ total: 4, byStatus: { 200: 2, 401: 2 } })
})

test('a server that looks for the secret in the header finds it there', async () => {
  const { asked, tokenOf } = await serveTokens((count, { headers }) =>
    headers.authorization === `Basic ${Buffer.from('us:secret%20of%20ours').toString('base64')}`
      ? token(count, 0.01)
      : { status: 401, body: { error: 'invalid_client' } },
  )
  expect(await tokenOf()).toBe('t2-of-north')
  await delay(15)
  expect(await tokenOf()).toBe('t3-of-north')
  expect(asked()[2]!.form.has('client_secret')).toBe(false)
})

test('a refused secret stops the instance and says why, without it', async () => {
  const { asked, get } = await serveTokens(() => ({ status: 400, body: { error: 'invalid_scope' } }))
  const failure = await failureOf(get())
  expect(failure).toMatchObject({
    code: 'SOURCE_UNAUTHORIZED',
    status: 400,
    message: 'clinic instance north gives us no token (400 invalid_scope)',
    hint: expect.stringContaining('CLINIC_NORTH_KEY'),
  })
  expect(JSON.stringify(failure) + failure.message).not.toContain('secret of ours')
  await failureOf(get())
  expect(asked()).toHaveLength(2)
})

test('an address that gives no tokens is said so, and is no missing endpoint', async () => {
  const absent = await serveTokens(() => ({ status: 404, body: '' }))
  expect(await failureOf(absent.get())).toMatchObject({
    code: 'SOURCE_UNAUTHORIZED',
    status: 404,
    message: 'clinic instance north has no tokens at /oauth/token (404)',
  })
  await served!.close()
  const login = await serveTokens(() => ({ headers: { 'content-type': 'text/html' }, body: '<html></html>' }))
  expect(await failureOf(login.get())).toMatchObject({
    code: 'SOURCE_UNAUTHORIZED',
    message: 'clinic instance north answers /oauth/token without an access_token',
  })
})

test('a failing token server is asked again', async () => {
  const { tokenOf } = await serveTokens((count) => (count === 1 ? { status: 503, body: '' } : token(count)))
  expect(await tokenOf()).toBe('t2-of-north')
})

test('the token server may be of another origin, but only the one that is declared', async () => {
  const thief = await startRecordServer(() => token(1))
  const server = await startRecordServer(({ path }) =>
    path === '/moved' ? { status: 307, headers: { location: thief.url }, body: '' } : token(7),
  )
  const direct = await serveTokens(() => token(1), undefined, { tokenUrl: `${server.url}/token` })
  expect(await direct.tokenOf()).toBe('t7-of-north')
  expect(direct.asked()).toHaveLength(0)
  await served!.close()
  const moved = await serveTokens(() => token(1), undefined, { tokenUrl: `${server.url}/moved` })
  expect(await failureOf(moved.get())).toMatchObject({ code: 'SOURCE_REDIRECTED' })
  expect(thief.requests).toHaveLength(0)
  await Promise.all([thief.close(), server.close()])
})

test('a token that somebody asked for and no longer wants is asked for by the next', async () => {
  const abort = new AbortController()
  const { client, url, tokenOf } = await serveTokens(async (count) => {
    if (count > 1) return token(count)
    abort.abort(new Error('no longer wanted'))
    await delay(5_000, undefined, { ref: false })
    return token(count)
  })
  const first = client.get(new URL(`${url}/things`), abort.signal)
  const second = tokenOf()
  await expect(first).rejects.toThrow('no longer wanted')
  expect(await second).toBe('t2-of-north')
})
