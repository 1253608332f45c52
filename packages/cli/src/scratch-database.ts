import { randomBytes } from 'node:crypto'
import { type Database, quoteIdentifier } from '@strata/core'
import { connect, type EmbeddedServer, ensureEmbeddedServer } from '@strata/postgres'

/** An empty database of the embedded server, for one check. */
export interface ScratchDatabase {
  readonly database: Database
  /** The database that the embedded server has for the project, on a connection of its own. */
  readonly beside: Database
  /** Drops it. */
  close(): Promise<void>
}

const prefix = 'strata_check_'

/** Starts the embedded server where it does not run. Throws `ConfigurationError` as `ensureEmbeddedServer` does. */
export async function createScratchDatabase(projectDirectory: string): Promise<ScratchDatabase> {
  const server = await ensureEmbeddedServer({ projectDirectory })
  const name = `${prefix}${process.pid}_${randomBytes(4).toString('hex')}`
  let beside: Database | null = null
  try {
    beside = await connect({ url: server.url, applicationName: 'strata check', maxConnections: 2 })
    await beside.query(`create database ${name} template template0`)
    const database = await connect({
      url: urlOf(server, name),
      applicationName: 'strata check',
      maxConnections: 1,
    })
    return { database, beside, close: () => remove(server, beside!, database, name) }
  } catch (error) {
    await beside?.query(`drop database if exists ${name} with (force)`).catch(() => {})
    await beside?.close()
    await server.release()
    throw error
  }
}

async function remove(
  server: EmbeddedServer,
  beside: Database,
  database: Database,
  name: string,
): Promise<void> {
  try {
    await database.close()
    await beside.query(`drop database ${name} with (force)`)
    for (const left of await leftBehind(beside))
      await beside.query(`drop database if exists ${quoteIdentifier(left)}`).catch(() => {})
  } finally {
    await beside.close()
    await server.release()
  }
}

/** Scratch databases of processes that were killed. */
async function leftBehind(beside: Database): Promise<readonly string[]> {
  const { rows } = await beside.query<{ name: string }>({
    text: `select d.datname::text as name from pg_database d
where starts_with(d.datname, $1) and not exists (select from pg_stat_activity a where a.datid = d.oid)`,
    values: [prefix],
  })
  // The number in its name is that of its process, which may not have connected yet.
  return rows.map(({ name }) => name).filter((name) => !isAlive(Number(name.split('_')[2])))
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function urlOf({ url }: EmbeddedServer, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}
