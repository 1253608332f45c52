import type { Database, DatabaseConnector, FileJob, Instance, Session, TableJob } from '@strata/core'
import { createSlots } from '../../slots.ts'
import type { TableSnapshot, TableSource } from '../table-source.ts'
import { describePostgresTable, type PostgresTable } from './describe-postgres-table.ts'
import { type PostgresPlace, postgresFailure } from './postgres-failure.ts'
import { type AskPostgres, countRows, readKeyless, readRows } from './postgres-rows.ts'

/** Reads the tables and views of a Postgres database, each walk by a cursor. What is opened here, closes `database`. */
export function openPostgresSource(
  connector: DatabaseConnector,
  instance: Instance,
  database: Database,
): TableSource {
  const place: PostgresPlace = { connector, instance }
  const slots = createSlots(connector.concurrency)
  return {
    admit: slots.run,
    async snapshot(signal, work) {
      let connected = false
      try {
        return await database.session(
          (session) => {
            connected = true
            return inSnapshot(place, session, signal, work)
          },
          { signal },
        )
      } catch (error) {
        // What fails later has been told by those who asked, and may have nothing to do with the source.
        throw connected || signal.aborted ? error : postgresFailure(place, error)
      }
    },
    close: () => database.close(),
  }
}

async function inSnapshot<T>(
  place: PostgresPlace,
  session: Session,
  signal: AbortSignal,
  work: (snapshot: TableSnapshot) => Promise<T>,
): Promise<T> {
  const ask: AskPostgres = async <Row>(statement: Parameters<Session['query']>[0]) => {
    try {
      return (await session.query<Row>(statement)).rows
    } catch (error) {
      throw signal.aborted ? error : postgresFailure(place, error)
    }
  }
  try {
    await ask('begin isolation level repeatable read, read only')
    return await work(await takeSnapshot(place, ask))
  } finally {
    // Nothing starts after the signal has fired, nor without a connection: then the transaction ends with it.
    await session.query('rollback').catch(() => {})
  }
}

/** The statement that reads the clock is the first of the transaction, and takes its snapshot. */
async function takeSnapshot({ connector }: PostgresPlace, ask: AskPostgres): Promise<TableSnapshot> {
  const { timeZone, timeoutSeconds } = connector
  const clock = (zone: string) => `to_char(now() at time zone ${zone}, 'YYYY-MM-DD HH24:MI:SS.US')`
  const [taken] = await ask<{ utc: string; local: string }>({
    text: `
      select ${clock("'UTC'")} as utc, ${clock('$1')} as local,
        set_config('statement_timeout', $2, true),
        set_config('idle_in_transaction_session_timeout', '1h', true)`,
    values: [timeZone ?? 'UTC', String(Math.min(Math.ceil(timeoutSeconds * 1000), 2 ** 31 - 1))],
  })
  const described = new Map<string, Promise<PostgresTable>>()
  const tableOf = (job: TableJob | FileJob): Promise<PostgresTable> => {
    if (job.kind === 'file') throw new Error('files are not in a database')
    const name = JSON.stringify([job.relation.schema, job.relation.name])
    const known = described.get(name) ?? describePostgresTable(ask, job)
    described.set(name, known)
    return known
  }
  return {
    clock: { utc: taken!.utc, local: taken!.local },
    table: async (job) => ({ columns: (await tableOf(job)).columns, fingerprint: null, consistent: true }),
    rows: async function* (request) {
      yield* readRows(ask, await tableOf(request.job), request, timeZone)
    },
    keyless: async (request, limit) => readKeyless(ask, await tableOf(request.job), request, timeZone, limit),
    count: async (job, window) => countRows(ask, await tableOf(job), job, window),
  }
}
