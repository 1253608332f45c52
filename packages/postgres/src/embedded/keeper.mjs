import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
// Before pg, and here too: a bundler puts what everybody loads beside pg before what some load.
import '../as-node.mjs'
import pg from 'pg'

/*
 * Stops the embedded server a while after its last user has left. A process of its own, for the last user may be killed.
 * Plain JavaScript, so that it starts wherever node does.
 *
 * Every command holds a shared advisory lock for its lifetime. The keeper stops the server only while it holds that lock
 * exclusively: a newcomer either has its share, and the server stays, or waits for it, is told that the server shuts down
 * before it has done anything, and starts it again.
 */
const {
  dataDirectory,
  socketDirectory,
  port,
  user,
  database,
  keepFile,
  idleSeconds,
  presenceKey,
  keeperKey,
} = JSON.parse(process.argv[2])

/** It is started before the server, which may have to recover first; where none even begins to, it is not wanted. */
const patienceMs = 60_000
const patienceForNoneMs = 15_000

try {
  const client = await connect()
  // A keeper that was killed may still be going.
  for (let tries = 0; tries < 10; tries += 1) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as only', [keeperKey])
    if (rows[0].only) await keep(client)
    await sleep(200)
  }
} catch {
  // Without its server there is nothing to keep.
}
process.exit(0)

async function connect() {
  const begun = Date.now()
  let seenAt = begun
  for (;;) {
    const client = new pg.Client({
      host: socketDirectory,
      port,
      user,
      database,
      application_name: 'strata keeper',
      connectionTimeoutMillis: 5_000,
      ssl: false,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      client.on('end', () => process.exit(0))
      return client
    } catch (error) {
      await client.end().catch(() => {})
      if (existsSync(join(dataDirectory, 'postmaster.pid'))) seenAt = Date.now()
      if (Date.now() - begun > patienceMs || Date.now() - seenAt > patienceForNoneMs) throw error
      await sleep(100)
    }
  }
}

async function keep(client) {
  let idleSince = Date.now()
  for (;;) {
    await sleep(Math.min(1_000, Math.max(50, (idleSeconds * 1_000) / 4)))
    const { rows } = await client.query(
      "select count(*)::int as users from pg_stat_activity where backend_type = 'client backend' and application_name <> 'strata keeper'",
    )
    if (rows[0].users > 0 || isKept()) idleSince = Date.now()
    if (Date.now() - idleSince < idleSeconds * 1_000) continue
    const lock = await client.query('select pg_try_advisory_lock($1) as alone', [presenceKey])
    if (!lock.rows[0].alone) {
      idleSince = Date.now()
      continue
    }
    process.kill(Number(postmasterLines()[0]), 'SIGINT')
    // The connection's end, which the shutdown brings, ends this process; the lock is held until then.
    await sleep(60_000)
    return
  }
}

function postmasterLines() {
  return readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
}

/** `models db start` leaves the first lines of postmaster.pid in a file; they hold for that server alone. */
function isKept() {
  try {
    return readFileSync(keepFile, 'utf8') === postmasterLines().slice(0, 3).join('\n')
  } catch {
    return false
  }
}
