import type { DatabaseConnector, FileJob, Instance, TableJob } from '@strata/core'
import { createSlots } from '../../slots.ts'
import type { TableSnapshot, TableSource } from '../table-source.ts'
import { describeTable, type MysqlTable } from './describe-table.ts'
import type { MysqlPlace } from './mysql-place.ts'
import { type MysqlSession, withMysqlSession } from './mysql-session.ts'
import { countRows, type ReadPlace, readKeyless, readRows } from './read-rows.ts'
import { wallClock } from './zone-offset.ts'

/**
 * The tables of a MySQL or MariaDB database. Each snapshot has a connection of its own, in a read-only transaction. Of tables whose engine knows
 * no transactions (MyISAM, Aria) there is no snapshot: what others write meanwhile is read or not.
 */
export function openMysqlSource(connector: DatabaseConnector, instance: Instance): TableSource {
  const place: MysqlPlace = { connector, instance }
  const slots = createSlots(connector.concurrency)
  const closed = new AbortController()
  const open = new Set<Promise<unknown>>()
  return {
    admit: slots.run,
    async snapshot(signal, work) {
      const either = AbortSignal.any([signal, closed.signal])
      const run = withMysqlSession(place, either, (session) => work(createSnapshot(place, session)))
      open.add(run)
      try {
        return await run
      } finally {
        open.delete(run)
      }
    },
    async close() {
      closed.abort(new Error(`${connector.source} was closed`))
      await Promise.allSettled(open)
    },
  }
}

function createSnapshot(place: MysqlPlace, session: MysqlSession): TableSnapshot {
  const tables = new Map<string, Promise<MysqlTable>>()
  const describe = (job: TableJob): Promise<MysqlTable> => {
    const name = JSON.stringify([job.relation.schema, job.relation.name])
    const known = tables.get(name) ?? describeTable(place, session, job)
    tables.set(name, known)
    return known
  }
  const readPlace = async (job: TableJob): Promise<ReadPlace> => ({
    place,
    session,
    table: await describe(job),
  })
  const { timeZone } = place.connector
  const { utc, local } = session.clock
  return {
    clock: { utc, local: timeZone === null ? local : wallClock(utc, timeZone) },
    async table(job) {
      const { columns, fingerprint, consistent } = await describe(ofTable(job))
      return { columns, fingerprint, consistent }
    },
    async *rows(request) {
      const job = ofTable(request.job)
      yield* readRows(await readPlace(job), job, request)
    },
    async keyless(request, limit) {
      const job = ofTable(request.job)
      return readKeyless(await readPlace(job), job, request, limit)
    },
    async count(job, window) {
      return countRows(await readPlace(ofTable(job)), ofTable(job), window)
    },
  }
}

function ofTable(job: TableJob | FileJob): TableJob {
  if (job.kind === 'file') throw new Error(`${job.name} reads files, and no table`)
  return job
}
