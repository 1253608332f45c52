import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly method: string
  /** What a form was sent with. */
  readonly form: URLSearchParams
}

export interface RecordReply {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** Text and bytes go out as they are; anything else as JSON. */
  readonly body: unknown
  /** Sends the body itself, as slowly or badly as it likes. */
  readonly send?: (outgoing: ServerResponse) => void
}

export interface RecordServer {
  readonly url: string
  readonly requests: readonly RecordRequest[]
  close(): Promise<void>
}

/** An API that misbehaves exactly as a test wants it to. */
export async function startRecordServer(
  answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
): Promise<RecordServer> {
  const requests: RecordRequest[] = []
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost')
    let form = ''
    for await (const chunk of incoming) form += String(chunk)
    const request: RecordRequest = {
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      method: incoming.method ?? '',
      form: new URLSearchParams(form),
    }
    requests.push(request)
    const { status = 200, headers = {}, body, send } = await answer(request)
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
    if (send !== undefined) send(outgoing)
    else outgoing.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Serves `$top`, `$skip`, `$count` and `id gt n` over a list, in its order. */
export function pageOf(records: readonly unknown[], query: URLSearchParams): RecordReply {
  const beyond = /\bid gt (-?\d+)/.exec(query.get('$filter') ?? '')?.[1]
  const found =
    beyond === undefined
      ? records
      : records.filter((record) => Number((record as { id?: unknown }).id) > Number(beyond))
  return skipOf(found, query)
}

/** Serves `$top`, `$skip` and `$count` over a list, in its order, and ignores filters. */
export function skipOf(records: readonly unknown[], query: URLSearchParams): RecordReply {
  const skip = Number(query.get('$skip') ?? 0)
  return {
    body: {
      ...(query.get('$count') === 'true' && { '@odata.count': records.length }),
      value: records.slice(skip, skip + Number(query.get('$top') ?? 1000)),
    },
  }
}
