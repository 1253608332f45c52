import { SourceError } from '@strata/core'
import type { Agent, Dispatcher, request } from 'undici'
import { decodeText } from './decode-text.ts'
import { decompress, unknownEncodings } from './decompress.ts'
import {
  type Answer,
  connectionFailure,
  notJson,
  type SourcePlace,
  timedOut,
  tooLarge,
  undecodable,
  unreadable,
} from './source-failure.ts'

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: { readonly [name: string]: string }
  readonly body?: string
}

export interface Reply extends Answer {
  header(name: string): string
  readonly bytes: Buffer
  /** Milliseconds from the request to the first of the answer. */
  readonly elapsedMs: number
}

/** Sends one request and takes in the whole answer, whatever its status. Throws `SourceError` where there is none. */
export type SendRequest = (call: Call, signal: AbortSignal) => Promise<Reply>

/** Postgres takes no larger JSON value. */
const maxAnswerBytes = 255 * 1024 ** 2
const maxErrorBytes = 64 * 1024

/** A whole answer may take so many times as long as the connector waits for the next byte of it. */
const patience = 5

export function createSendRequest(place: SourcePlace, maxBytes = maxAnswerBytes): SendRequest {
  /** It takes a tenth of a second, which a run that lands nothing need not wait for. */
  let loaded: Promise<{ readonly request: typeof request; readonly agent: Agent }> | null = null
  const limitSeconds = place.connector.timeoutSeconds * patience

  return async (call, signal) => {
    const { url } = call
    const abort = new AbortController()
    const stop = (): void => abort.abort(signal.reason)
    signal.addEventListener('abort', stop)
    const timer = setTimeout(() => abort.abort(), limitSeconds * 1000)
    const started = performance.now()
    try {
      signal.throwIfAborted()
      loaded ??= import('undici').then(({ default: { request, Agent } }) => ({
        request,
        agent: createAgent(Agent, place),
      }))
      const { request, agent } = await loaded
      const response = await request(url.href, {
        dispatcher: agent,
        signal: abort.signal,
        method: call.method,
        headers: call.headers,
        ...(call.body !== undefined && { body: call.body }),
      })
      const elapsedMs = performance.now() - started
      const header = headerReader(response.headers)
      const answer = {
        status: response.statusCode,
        contentType: header('content-type'),
        url,
        location: header('location'),
        saysWhen: header('retry-after') !== '',
      }
      const isGood = answer.status >= 200 && answer.status < 300
      const bytes = isGood
        ? await readAll(response.body, maxBytes)
        : await readAll(response.body, maxErrorBytes).catch(() => null)
      if (bytes === null && isGood) throw tooLarge(place, answer, maxBytes)
      return { ...answer, header, bytes: bytes ?? Buffer.alloc(0), elapsedMs }
    } catch (error) {
      if (signal.aborted || error instanceof SourceError) throw error
      throw abort.signal.aborted
        ? timedOut(place, url, limitSeconds, error)
        : connectionFailure(place, url, error)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}

/** The JSON text of a 2xx answer; `[]` where it has none to give (204). Throws `SourceError`. */
export async function jsonTextOf(
  place: SourcePlace,
  reply: Reply,
  maxBytes = maxAnswerBytes,
): Promise<string> {
  if (reply.status === 204) return '[]'
  const encoding = reply.header('content-encoding')
  const unknown = unknownEncodings(encoding)
  if (unknown.length > 0)
    throw undecodable(place, reply, `content-encoding ${unknown.join(', ')} is not known`)
  const bytes = await decompress(reply.bytes, encoding, maxBytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(place, reply, maxBytes)
    throw undecodable(place, reply, `content-encoding ${encoding} (${error.code ?? error.name})`)
  })
  const text = decodeText(bytes, reply.contentType)
  if (text === null) throw unreadable(place, reply, 'its bytes are not text of the charset that it is in')
  if (!/^\s*[[{]/.test(text)) throw notJson(place, reply, text)
  if (!/[\]}]\s*$/.test(text.slice(-1000))) throw unreadable(place, reply, 'it ends in the middle')
  return text
}

function createAgent(Made: typeof Agent, { connector }: SourcePlace): Agent {
  const timeout = connector.timeoutSeconds * 1000
  return new Made({
    connections: Math.max(1, connector.concurrency),
    connect: { timeout: Math.min(timeout, 15_000) },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    pipelining: 1,
  })
}

/** Null: there are more bytes than that, and the rest is not read. */
async function readAll(body: Dispatcher.ResponseData['body'], most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) return null
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)
}

function headerReader(headers: { readonly [name: string]: string | string[] | undefined }) {
  return (name: string): string => {
    const value = headers[name]
    return (Array.isArray(value) ? value[0] : value) ?? ''
  }
}
