import type { Database, TableJob } from '@strata/core'
import { ensureLanding } from '../landing/ensure-landing.ts'
import { compareKeys, type KeyComparison } from '../table/compare-keys.ts'
import { type LandedRows, landRows, type RowsPlace, type TimedRow } from '../table/land-rows.ts'
import { databaseInstance, declaredDatabase, declaredTable } from './declared-table.ts'

/** A table of two instances that rows are landed in, without a source. */
export interface RowLanding {
  readonly job: TableJob
  place(over?: Partial<RowsPlace>): RowsPlace
  /** Each row as JSON text, or as something to be made JSON. */
  land(rows: readonly unknown[], over?: Partial<RowsPlace>): Promise<LandedRows>
  /** Compares, and rolls nothing back. */
  compare(keys: readonly unknown[], options?: CompareOptions): Promise<KeyComparison>
  /** Of the bronze rows, in the order of their `id`s in the source as numbers, where they have such. */
  column<T>(expression: string): Promise<readonly T[]>
}

export interface CompareOptions {
  readonly all?: boolean
  readonly over?: Partial<RowsPlace>
}

let made = 0

export async function prepareRows(database: Database, over: Partial<TableJob> = {}): Promise<RowLanding> {
  const table = `rows${++made}`
  const job = declaredTable(table, { key: [{ field: ['id'] }], ...over })
  await ensureLanding(database, {
    landingSchema: 'bronze',
    connectors: [declaredDatabase()],
    jobs: [job],
    instancesOf: () => [databaseInstance(1, 'north'), databaseInstance(2, 'south')],
  })
  const place = (changed: Partial<RowsPlace> = {}): RowsPlace => ({
    job,
    landingSchema: 'bronze',
    instanceId: 1,
    jobId: 7,
    runId: 70,
    ...changed,
  })
  return {
    job,
    place,
    land: (rows, changed) =>
      database.transaction((transaction) => landRows(transaction, place(changed), rows.map(asRow))),
    compare: (keys, { all = true, over: changed = {} } = {}) =>
      database.transaction((transaction) =>
        compareKeys(transaction, place(changed), inChunks(keys.map(asText)), all),
      ),
    async column<T>(expression: string) {
      const { rows } = await database.query<{ value: T }>(
        `select ${expression} as value from bronze.od_${table} as t order by source_instance_id, (data->>'id')::numeric, t.id`,
      )
      return rows.map(({ value }) => value)
    },
  }
}

function asRow(row: unknown): TimedRow {
  return { json: asText(row), changes: [], changedAt: null }
}

function asText(row: unknown): string {
  return typeof row === 'string' ? row : JSON.stringify(row)
}

async function* inChunks(all: readonly string[]): AsyncGenerator<readonly string[]> {
  for (let start = 0; start < all.length; start += 2) yield all.slice(start, start + 2)
}
