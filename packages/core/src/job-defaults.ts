import type { Connector, Cursor, Job } from './job.ts'

/** What a job is where its declaration says nothing. */
export const jobDefaults = {
  knownId: null,
  params: {},
  recordPath: null,
  paging: { kind: 'auto' },
  key: [{ field: ['id'] }],
  slices: [],
  cursor: null,
  window: null,
  sweep: null,
  maxDeletedShare: 0.05,
  pageSize: 1000,
  active: true,
  reason: null,
  refreshAfterSeconds: null,
} as const satisfies Partial<Job>

/** What a cursor is beside its field. */
export const cursorDefaults = {
  lookbackSeconds: 300,
  format: null,
  startParam: null,
  min: null,
  max: null,
  onMissing: 'include',
} as const satisfies Partial<Cursor>

/** What a connector is beside its source and instances. */
export const connectorDefaults = {
  kind: 'odata',
  auth: { kind: 'api_key', name: 'X-ApiKey', location: 'header' },
  headers: {},
  timeoutSeconds: 60,
  concurrency: 4,
  requestIntervalMs: 0,
  requestBudget: null,
  maxRetryAfterSeconds: 900,
} as const satisfies Partial<Connector>
