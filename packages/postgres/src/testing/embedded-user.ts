import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../connect.ts'
import { ensureEmbeddedServer } from '../embedded/embedded-server.ts'

/*
 * A process that uses the embedded server, for tests that start many and kill some. Prints one JSON line for all it does;
 * exits with 1 and prints the error when something fails.
 *
 * `hold` becomes a user and waits to be killed. `start` becomes a user and ends without a word to the server. `rounds` comes
 * and goes, at the same moments as its fellows: every time it must find all rows that were acknowledged to it, and adds one.
 */
const [mode, settings] = process.argv.slice(2) as [string, string]
const {
  rounds = 1,
  roundMs = 500,
  me = 0,
  ...options
} = JSON.parse(settings) as {
  readonly projectDirectory: string
  readonly idleSeconds?: number
  readonly keep?: boolean
  readonly rounds?: number
  readonly roundMs?: number
  readonly me?: number
}

const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

try {
  if (mode === 'rounds') await comeAndGo()
  else {
    const { url, started, processId } = await ensureEmbeddedServer(options)
    print({ url, started, processId })
    if (mode === 'hold') await sleep(120_000)
  }
} catch (error) {
  print({
    error: String(error),
    code: (error as { code?: string }).code,
    hint: (error as { hint?: string }).hint,
  })
  process.exit(1)
}

async function comeAndGo(): Promise<void> {
  let starts = 0
  for (let acknowledged = 0; acknowledged < rounds; acknowledged++) {
    await sleep(roundMs - (Date.now() % roundMs) + Math.random() * 60)
    const server = await ensureEmbeddedServer(options)
    if (server.started) starts++
    const database = await connect({ url: server.url, applicationName: 'strata test', maxConnections: 1 })
    const { rows } = await database.query<{ found: number }>({
      text: 'select count(*)::int as found from arrivals where who = $1',
      values: [me],
    })
    if (rows[0]!.found !== acknowledged)
      throw new Error(`${acknowledged} rows were acknowledged, ${rows[0]!.found} found`)
    await database.query({ text: 'insert into arrivals values ($1, $2)', values: [me, acknowledged] })
    await database.close()
    await server.release()
  }
  print({ starts })
}
