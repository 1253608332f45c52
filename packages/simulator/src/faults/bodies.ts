import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Reply } from '../http/reply.ts'
import type { Effects } from './effect.ts'

const compressions = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
const charsets = { latin1: 'iso-8859-1', utf16le: 'utf-16le' }

const login = `<!DOCTYPE html>
<html><head><title>Sign in</title></head><body><form action="/login"><input name="user"></form></body></html>
`

/** Faults in the bytes of an answer, or in what its headers say of them. */
export const bodies: Effects<'truncated_json' | 'html_200' | 'wrong_charset' | 'gzip' | 'clock_skew'> = {
  truncated_json: ({ keep = 0.5 }) => ({
    reply: (reply) => ({ ...reply, body: reply.body.slice(0, Math.floor(reply.body.length * keep)) }),
  }),
  html_200: ({ contentType = 'text/html; charset=utf-8' }) => ({
    reply: (reply) => ({
      ...answered(reply),
      status: 200,
      body: login,
      headers: { 'content-type': contentType },
    }),
  }),
  wrong_charset: ({ charset = 'latin1', declared = false }) => ({
    reply: (reply) => ({
      ...reply,
      body: Buffer.from(textOf(reply), charset),
      headers: {
        ...reply.headers,
        ...(declared && { 'content-type': `application/json; charset=${charsets[charset]}` }),
      },
    }),
  }),
  gzip: ({ encoding = 'gzip' }) => ({
    reply: (reply) => ({
      ...reply,
      body: compressions[encoding](reply.body),
      headers: { ...reply.headers, 'content-encoding': encoding },
    }),
  }),
  clock_skew: ({ seconds }) => ({
    reply: (reply, _, { clock }) => ({
      ...reply,
      headers: { ...reply.headers, date: new Date(clock.now().getTime() + seconds * 1000).toUTCString() },
    }),
  }),
}

/** Without the page, which is in the answer no more. */
function answered({ page: _page, records: _records, ...reply }: Reply): Reply {
  return reply
}

function textOf({ body }: Reply): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString()
}
