import type { Database } from '@strata/core'
import {
  connect,
  describeServer,
  type EmbeddedServer,
  ensureEmbeddedServer,
  lookAtServer,
} from '@strata/postgres'
import type { Workspace } from './workspace.ts'

/** An open database, and what to call it on the screen. */
export interface DatabaseConnection {
  readonly database: Database
  readonly embedded: EmbeddedServer | null
  /** `embedded PostgreSQL 18.4`, `PostgreSQL 15.20 on db.example.com`. */
  readonly description: string
  close(): Promise<void>
}

/** Connects to the target's database: its URL, or the embedded server, started when it does not run. */
export async function connectDatabase(
  workspace: Pick<Workspace, 'databaseUrl' | 'directory' | 'target'> & Partial<Pick<Workspace, 'landing'>>,
): Promise<DatabaseConnection> {
  const { databaseUrl, directory, target, landing } = workspace
  const embedded = databaseUrl === null ? await ensureEmbeddedServer({ projectDirectory: directory }) : null
  const url = databaseUrl ?? embedded!.url
  try {
    const database = await connect({
      url,
      applicationName: `strata ${target.name}`,
      // Each job holds one for its locks, and four land the pages of all.
      maxConnections: target.threads * 3 + 4 + (landing?.parallelJobs ?? 0),
    })
    // Throws where the tables of Strata are somebody else's.
    const { version } = await lookAtServer(database).catch(async (error: unknown) => {
      await database.close()
      throw error
    })
    return {
      database,
      embedded,
      description:
        embedded === null
          ? `PostgreSQL ${version} on ${describeServer(url)}`
          : `embedded PostgreSQL ${version}`,
      async close() {
        await database.close()
        await embedded?.release()
      },
    }
  } catch (error) {
    await embedded?.release()
    throw error
  }
}
