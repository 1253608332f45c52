import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type Instance,
  type TableJob,
  tableJobDefaults,
} from '@strata/core'
import type { RowsRequest, RowWindow, SourceChunk, SourceRow, TableSnapshot } from '../table/table-source.ts'

/** A job that lands a table as it is, by its key. */
export function tableJob(
  name: string,
  key: readonly string[] = ['id'],
  settings: Partial<TableJob> = {},
): TableJob {
  return {
    ...tableJobDefaults,
    source: 'clinic',
    table: name,
    name,
    target: { schema: 'bronze', name },
    relation: { schema: null, name },
    key: key.map((column) => ({ field: [column] })),
    ...settings,
  }
}

export function postgresConnector(settings: Partial<DatabaseConnector> = {}): DatabaseConnector {
  return { ...databaseConnectorDefaults, kind: 'postgres', source: 'clinic', instances: [], ...settings }
}

export const northInstance: Instance = {
  id: 1,
  name: 'north',
  address: 'postgres://db.example/clinic',
  credentials: {},
  parameters: {},
  simulated: false,
}

/** Asks for all rows and columns of a job, where nothing else is said. */
export async function requestOf(
  snapshot: TableSnapshot,
  job: RowsRequest['job'],
  settings: Partial<RowsRequest> = {},
): Promise<RowsRequest> {
  const { columns } = await snapshot.table(job)
  const window: RowWindow = { kind: 'all' }
  return { job, columns, window, changes: [], after: null, chunkRows: 1000, ...settings }
}

export async function chunksOf(chunks: AsyncIterable<SourceChunk>): Promise<readonly SourceChunk[]> {
  const all: SourceChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

export async function rowsOf(chunks: AsyncIterable<SourceChunk>): Promise<readonly SourceRow[]> {
  return (await chunksOf(chunks)).flatMap(({ rows }) => rows)
}
