import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { ConfigurationError, StrataError } from '@strata/core'
import { Refusal } from '../odata/refusal.ts'
import { type Reply, refusalReply } from './reply.ts'
import { send } from './send.ts'
import type { SimulatedRequest } from './simulated-request.ts'

export interface Service {
  readonly port: number
  /** From now on the service alone does not keep the process alive. */
  unref(): void
  /** Ends every connection, idle or not. May be called more than once. */
  close(): Promise<void>
}

/** Serves what `answer` gives on 127.0.0.1. Throws `ConfigurationError` where it cannot listen on the port. */
export async function serve(
  port: number,
  answer: (request: SimulatedRequest) => Reply | Promise<Reply>,
): Promise<Service> {
  const server = createServer({ keepAliveTimeout: 30_000 }, async (incoming, outgoing) => {
    send(outgoing, await replyTo(incoming, answer))
  })
  const sockets = trackSockets(server)
  await listen(server, port)
  let closed: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    unref() {
      server.unref()
      sockets.unref()
    },
    close() {
      closed ??= new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closed
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE'
      reject(
        new ConfigurationError({
          code: isTaken ? 'SIMULATOR_PORT_TAKEN' : 'SIMULATOR_CANNOT_LISTEN',
          message: isTaken
            ? `Port ${port} is taken by another process.`
            : `The simulator cannot listen on port ${port}: ${cause.message}.`,
          hint: 'Choose another port; 0 takes any that is free.',
          cause,
        }),
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** A kept-alive connection keeps a process alive even when its server does not. */
function trackSockets(server: Server): { unref(): void } {
  const open = new Set<Socket>()
  let isReferenced = true
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    if (!isReferenced) socket.unref()
  })
  return {
    unref() {
      isReferenced = false
      for (const socket of open) socket.unref()
    },
  }
}

async function replyTo(
  incoming: IncomingMessage,
  answer: (request: SimulatedRequest) => Reply | Promise<Reply>,
): Promise<Reply> {
  const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  )
  try {
    return await answer({
      method: incoming.method ?? 'GET',
      origin: `http://127.0.0.1:${incoming.socket.localPort}`,
      path,
      query: new URLSearchParams(query),
      headers,
      body: hasBody(incoming) ? await text(incoming) : '',
      apiKey: headers['x-apikey'],
    })
  } catch (error) {
    const message = error instanceof StrataError ? error.message : `The simulator failed: ${String(error)}`
    return refusalReply(new Refusal(500, 'InternalError', message))
  }
}

/** Most requests have none, and to read even nothing takes its time. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const position = text.indexOf(mark)
  return position < 0 ? [text, ''] : [text.slice(0, position), text.slice(position + 1)]
}
