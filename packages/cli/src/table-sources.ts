import type { Connector, Database, DatabaseConnector, Instance, Session, SessionOptions } from '@strata/core'
import { openCsvSource, openMysqlSource, openPostgresSource, type TableSource } from '@strata/extractor'
import { connect } from '@strata/postgres'

/** The databases and folders that jobs read, one for each instance. */
export interface TableSources {
  readonly sourceOf: (connector: Connector, instance: Instance) => TableSource
  /** Closes those that were opened. */
  close(): Promise<void>
}

export function openTableSources(): TableSources {
  const opened = new Map<number, TableSource>()
  return {
    sourceOf(connector, instance) {
      const known = opened.get(instance.id)
      if (known !== undefined) return known
      const source = open(connector, instance)
      opened.set(instance.id, source)
      return source
    },
    async close() {
      await Promise.allSettled([...opened.values()].map((source) => source.close()))
    },
  }
}

function open(connector: Connector, instance: Instance): TableSource {
  switch (connector.kind) {
    case 'postgres':
      return openPostgresSource(connector, instance, databaseOf(connector, instance))
    case 'mysql':
      return openMysqlSource(connector, instance)
    case 'csv':
      return openCsvSource(connector, instance)
    default:
      throw new Error(`${connector.source} has no tables, but endpoints`)
  }
}

/** Connects with its first session: a source that cannot be reached fails its own jobs, and no run. */
function databaseOf(connector: DatabaseConnector, instance: Instance): Database {
  let connecting: Promise<Database> | null = null
  const connected = (): Promise<Database> => {
    connecting ??= connect({
      url: urlOf(instance),
      applicationName: `strata ${connector.source} ${instance.name}`,
      maxConnections: connector.concurrency,
    }).catch((error: unknown) => {
      connecting = null
      throw error
    })
    return connecting
  }
  return {
    query: async (statement) => (await connected()).query(statement),
    transaction: async (work, options) => (await connected()).transaction(work, options),
    session: async <T>(work: (session: Session) => Promise<T>, options?: SessionOptions) =>
      (await unlessAborted(connected(), options?.signal)).session(work, options),
    cancel: async () => (await connecting)?.cancel(),
    close: async () => (await connecting)?.close(),
  }
}

/** An attempt to connect may take long, and nobody waits for it any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function urlOf({ address, credentials: { password } }: Instance): string {
  if (password === undefined) return address
  const url = new URL(address)
  url.searchParams.set('password', password)
  return url.href
}
