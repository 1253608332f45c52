import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningStatement } from './cancel-statement.ts'
import { pg } from './pg.ts'

const patienceMs = 10_000

/**
 * As `cancelStatement`, by the protocol's own request: a pooler knows which server process works for its client at this moment, and
 * `pg_cancel_backend` would hit whoever has the process by then.
 */
export async function cancelThroughPooler(
  config: pg.ClientConfig,
  client: pg.ClientBase,
  statement: Pick<RunningStatement, 'isRunning' | 'ended'>,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  while (statement.isRunning() && Date.now() < deadline) {
    await requestCancel(config, client)
    await Promise.race([statement.ended, sleep(250, undefined, { ref: false })])
  }
  return !statement.isRunning()
}

/** Resolves when the request has been taken, or could not be made. */
function requestCancel(config: pg.ClientConfig, client: pg.ClientBase): Promise<void> {
  const { processID, secretKey } = client as unknown as Cancellable
  const { host, port, connection } = new pg.Client(config) as unknown as Requester
  const send = (): void => connection.cancel(processID, secretKey)
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => connection.stream.destroy(), patienceMs)
    const done = (): void => {
      clearTimeout(giveUp)
      resolve()
    }
    connection.on('connect', () => (connection.ssl ? connection.requestSsl() : send()))
    connection.on('sslconnect', send)
    connection.on('end', done)
    connection.on('error', done)
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
  })
}

/** What `pg` does not declare. */
interface Cancellable {
  readonly processID: number
  readonly secretKey: unknown
}

interface Requester {
  readonly host: string
  readonly port: number
  readonly connection: {
    readonly ssl: unknown
    readonly stream: { destroy(): void }
    connect(port: number | string, host?: string): void
    requestSsl(): void
    cancel(processId: number, secretKey: unknown): void
    on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): void
  }
}
