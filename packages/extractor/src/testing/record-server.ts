import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

export interface RecordReply {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** Text goes out as it is; anything else as JSON. */
  readonly body: unknown
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
    const request = { path: url.pathname, query: url.searchParams, headers: incoming.headers }
    requests.push(request)
    const { status = 200, headers = {}, body } = await answer(request)
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
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

/** Serves `$top`, `$skip` and `$count` over a list, in its order. */
export function pageOf(records: readonly unknown[], query: URLSearchParams): RecordReply {
  const skip = Number(query.get('$skip') ?? 0)
  return {
    body: {
      ...(query.get('$count') === 'true' && { '@odata.count': records.length }),
      value: records.slice(skip, skip + Number(query.get('$top') ?? 1000)),
    },
  }
}
