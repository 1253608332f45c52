import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type TableJob,
  tableJobDefaults,
} from '@strata/core'
import { openMysqlSource } from '../table/mysql/open-mysql-source.ts'
import type {
  RowsRequest,
  SourceChunk,
  SourceRow,
  TableSnapshot,
  TableSource,
} from '../table/table-source.ts'
import type { MariadbDatabase } from './mariadb.ts'

/** A source that reads a test database. */
export function openTestSource(
  { address, credentials }: MariadbDatabase,
  settings: Partial<DatabaseConnector> = {},
): TableSource {
  const connector: DatabaseConnector = {
    ...databaseConnectorDefaults,
    kind: 'mysql',
    source: 'opendental',
    instances: [],
    ...settings,
  }
  return openMysqlSource(connector, {
    id: 1,
    name: 'north',
    address,
    credentials,
    parameters: {},
    simulated: false,
  })
}

/** A job that reads a table by a key. */
export function tableJob(name: string, key: readonly string[], settings: Partial<TableJob> = {}): TableJob {
  return {
    ...tableJobDefaults,
    source: 'opendental',
    table: 'rows',
    name: 'Rows',
    relation: { schema: null, name },
    target: { schema: 'bronze', name: 'rows_staging' },
    key: key.map((field) => ({ field: [field] })),
    ...settings,
  }
}

/** What a walk asks for: all columns of all rows, where nothing else is said. */
export async function rowsRequest(
  snapshot: TableSnapshot,
  job: TableJob,
  settings: Partial<RowsRequest> = {},
): Promise<RowsRequest> {
  const { columns } = await snapshot.table(job)
  return { job, columns, window: { kind: 'all' }, changes: [], after: null, chunkRows: 1000, ...settings }
}

export async function readChunks(
  snapshot: TableSnapshot,
  job: TableJob,
  settings: Partial<RowsRequest> = {},
): Promise<readonly SourceChunk[]> {
  const chunks: SourceChunk[] = []
  for await (const chunk of snapshot.rows(await rowsRequest(snapshot, job, settings))) chunks.push(chunk)
  return chunks
}

/** All rows of a table, in one snapshot. */
export async function readAll(
  source: TableSource,
  job: TableJob,
  settings: Partial<RowsRequest> = {},
): Promise<readonly SourceRow[]> {
  const chunks = await source.snapshot(AbortSignal.timeout(60_000), (snapshot) =>
    readChunks(snapshot, job, settings),
  )
  return chunks.flatMap(({ rows }) => rows)
}
