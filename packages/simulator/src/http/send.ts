import type { ServerResponse } from 'node:http'
import type { Reply } from './reply.ts'

/** Sends an answer the way its delivery says. */
export function send(outgoing: ServerResponse, reply: Reply): void {
  const { delivery } = reply
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : Buffer.from(reply.body)
  const head = (): void => {
    outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': body.length })
  }
  const whole = (): void => {
    if (outgoing.destroyed) return
    head()
    outgoing.end(body)
  }
  switch (delivery?.kind) {
    case undefined:
      whole()
      return
    case 'late': {
      if (delivery.ms === null) return
      const timer = setTimeout(whole, delivery.ms)
      outgoing.once('close', () => clearTimeout(timer))
      return
    }
    case 'cut': {
      if (delivery.after === null) {
        outgoing.socket?.resetAndDestroy()
        return
      }
      head()
      outgoing.write(body.subarray(0, delivery.after), () => outgoing.socket?.destroy())
      return
    }
    case 'drip': {
      head()
      drip(outgoing, body, delivery.bytes, delivery.pauseMs)
    }
  }
}

function drip(outgoing: ServerResponse, body: Buffer, bytes: number, pauseMs: number): void {
  let at = 0
  let timer: NodeJS.Timeout
  const next = (): void => {
    if (at >= body.length) {
      outgoing.end()
      return
    }
    outgoing.write(body.subarray(at, at + bytes))
    at += bytes
    timer = setTimeout(next, pauseMs)
  }
  outgoing.once('close', () => clearTimeout(timer))
  next()
}
