import type {
  ApiConnector,
  Cursor,
  DatabaseConnector,
  EndpointJob,
  FileJob,
  Sweep,
  TableJob,
  TableWatermark,
} from './job.ts'

const everyJob = {
  knownId: null,
  sweep: null,
  maxDeletedShare: 0.05,
  active: true,
  reason: null,
  refreshAfterSeconds: null,
} as const

/** What a job of an API is where its declaration says nothing. */
export const jobDefaults = {
  ...everyJob,
  kind: 'endpoint',
  params: {},
  recordPath: null,
  paging: { kind: 'auto' },
  key: [{ field: ['id'] }],
  slices: [],
  cursor: null,
  window: null,
  pageSize: 1000,
} as const satisfies Partial<EndpointJob>

/** How often everything is walked where increments are read and nothing is said of it: an API may hide a change from each filter. */
export const sweepDefaults = { everySeconds: 7 * 24 * 60 * 60 } as const satisfies Sweep

/** What a cursor is beside its field. */
export const cursorDefaults = {
  lookbackSeconds: 300,
  format: null,
  startParam: null,
  min: null,
  max: null,
  onMissing: 'include',
} as const satisfies Partial<Cursor>

/** What a job of a database table is. Its keys are read again every day: that costs seconds, and a loader that misses rows is found out. */
export const tableJobDefaults = {
  ...everyJob,
  kind: 'table',
  keysAreRestricted: false,
  excludeColumns: [],
  watermark: null,
  sweep: { everySeconds: 24 * 60 * 60 },
  compare: 'keys',
  onMismatch: 'fail',
  chunkRows: 10_000,
} as const satisfies Partial<TableJob>

/** What a table's watermark is beside its columns. Two hours: clocks without a zone go back by one each autumn. */
export const tableWatermarkDefaults = {
  logic: 'or',
  lookbackSeconds: 2 * 60 * 60,
  onMissing: 'include',
} as const satisfies Partial<TableWatermark>

/** What a job of text files is. */
export const fileJobDefaults = {
  ...everyJob,
  kind: 'file',
  keysAreRestricted: false,
  delimiter: ',',
  encoding: 'utf-8',
  columns: null,
  nullValues: [''],
  chunkRows: 10_000,
} as const satisfies Partial<FileJob>

/** What a connector of an API is beside its source and instances. */
export const connectorDefaults = {
  kind: 'odata',
  auth: { kind: 'api_key', name: 'X-ApiKey', location: 'header' },
  headers: {},
  timeoutSeconds: 60,
  concurrency: 4,
  requestIntervalMs: 0,
  requestBudget: null,
  maxRetryAfterSeconds: 900,
} as const satisfies Partial<ApiConnector>

/** What a connector of a database is beside its kind. */
export const databaseConnectorDefaults = {
  timeZone: null,
  timeoutSeconds: 300,
  concurrency: 2,
} as const satisfies Partial<DatabaseConnector>
