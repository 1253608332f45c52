import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { connector, instance } from '../testing/landing-fixture.ts'
import { type RecordReply, type RecordServer, startRecordServer } from '../testing/record-server.ts'
import { createSendRequest, jsonTextOf } from './send-request.ts'

let server: RecordServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

const json = '{"value":[{"id":1,"name":"Müller"}]}'

async function textOf(
  answer: () => RecordReply | Promise<RecordReply>,
  { timeoutSeconds = 10, maxBytes = 1024 ** 3 } = {},
): Promise<string> {
  await server?.close()
  server = await startRecordServer(answer)
  const place = { connector: connector({ timeoutSeconds }), instance: instance({ address: server.url }) }
  const send = createSendRequest(place, maxBytes)
  const url = new URL(`${server.url}/things?$top=1`)
  const reply = await send({ method: 'GET', url, headers: {} }, new AbortController().signal)
  return await jsonTextOf(place, reply, maxBytes)
}

test('reads what is compressed, though nobody has asked for it', async () => {
  const cases: readonly [string, Buffer][] = [
    ['gzip', gzipSync(json)],
    ['X-GZIP', gzipSync(json)],
    ['br', brotliCompressSync(json)],
    ['deflate', deflateSync(json)],
    ['deflate', deflateRawSync(json)],
    ['gzip, br', brotliCompressSync(gzipSync(json))],
    ['identity', Buffer.from(json)],
  ]
  for (const [encoding, body] of cases)
    expect(await textOf(() => ({ headers: { 'content-encoding': encoding }, body }))).toBe(json)
})

test('an answer whose compression is broken or unknown is no answer', async () => {
  const cases: readonly [string, Buffer, string][] = [
    ['gzip', gzipSync(json).subarray(0, 20), 'gzip (Z_BUF_ERROR)'],
    ['gzip', Buffer.from(json), 'gzip (Z_DATA_ERROR)'],
    ['zstd', Buffer.from(json), 'zstd is not known'],
  ]
  for (const [encoding, body, why] of cases) {
    await expect(textOf(() => ({ headers: { 'content-encoding': encoding }, body }))).rejects.toMatchObject({
      code: 'SOURCE_CONNECTION',
      message: expect.stringContaining(why),
    })
  }
})

test('an answer with a larger body than can be landed is given up, compressed or not', async () => {
  const body = Buffer.alloc(3 * 1024 ** 2, ' ')
  const options = { maxBytes: 2 * 1024 ** 2 }
  const failure = {
    code: 'SOURCE_TOO_LARGE',
    status: 200,
    message: 'clinic instance north answers /things with more than 2 MB',
  }
  await expect(textOf(() => ({ body }), options)).rejects.toMatchObject(failure)
  const packed = { headers: { 'content-encoding': 'gzip' }, body: gzipSync(body) }
  await expect(textOf(() => packed, options)).rejects.toMatchObject(failure)
})

test('a record of 20 MB comes whole', async () => {
  const large = JSON.stringify([{ id: 1, note: 'é'.repeat(10 * 1024 ** 2) }])
  expect((await textOf(() => ({ body: large }))) === large).toBe(true)
})

test('bytes that are not text of their charset are unreadable, never replaced', async () => {
  const latin1 = Buffer.from(json, 'latin1')
  expect(
    await textOf(() => ({ headers: { 'content-type': 'application/json; charset=latin1' }, body: latin1 })),
  ).toBe(json)
  await expect(textOf(() => ({ body: latin1 }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE_PAGE' })
})

test('what is no JSON is said so, whatever its content type; JSON is taken with any', async () => {
  const said = async (body: string, type: string) =>
    await textOf(() => ({ headers: { 'content-type': type }, body })).catch(
      ({ code, message }: { code: string; message: string }) => `${code} ${message.split(' with ')[1]}`,
    )
  const html = 'an HTML page that is not JSON'
  expect(await said('\n<!DOCTYPE html><p>log in', 'application/json')).toBe(`SOURCE_NOT_JSON ${html}`)
  expect(await said('<p>log in', 'text/html')).toBe(`SOURCE_NOT_JSON ${html}`)
  expect(await said('<?xml version="1.0"?><feed/>', 'application/xml')).toBe(
    'SOURCE_NOT_JSON XML that is not JSON',
  )
  expect(await said(' ', 'application/json')).toBe('SOURCE_NOT_JSON an empty body')
  expect(await said('"Mary"', 'application/json')).toBe(
    'SOURCE_NOT_JSON something that is not a JSON list or object',
  )
  expect(await said(json, 'text/html')).toBe(json)
  expect(await said(`\uFEFF\n${json}\n`, '')).toBe(`\n${json}\n`)
  expect(await said('{"value":[{"id":1,"name":"Mary Maj', 'application/json')).toMatch(
    'SOURCE_UNREADABLE_PAGE',
  )
})

test('204 is an empty list', async () => {
  expect(await textOf(() => ({ status: 204, body: '' }))).toBe('[]')
})

test('an answer that drips for ever is given up, however steadily', async () => {
  let drip: NodeJS.Timeout | undefined
  const dripping = textOf(
    () => ({
      body: '',
      send(outgoing) {
        outgoing.write('[')
        drip = setInterval(() => outgoing.write(' '), 10)
      },
    }),
    { timeoutSeconds: 0.3 },
  )
  await expect(dripping).rejects.toMatchObject({
    code: 'SOURCE_TIMEOUT',
    message: 'clinic instance north did not answer /things within 1.5 s',
  })
  clearInterval(drip)
})

test('an answer that stops in the middle is given up, and one that is cut has broken', async () => {
  const stopping = textOf(() => ({ body: '', send: (outgoing) => outgoing.write('[') }), {
    timeoutSeconds: 0.05,
  })
  await expect(stopping).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
  const cut = textOf(() => ({ body: '', send: (outgoing) => outgoing.write('[', () => outgoing.destroy()) }))
  await expect(cut).rejects.toMatchObject({ code: 'SOURCE_CONNECTION' })
})
