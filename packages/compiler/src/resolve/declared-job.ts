import {
  type Cursor,
  type EndpointJob,
  fileJobDefaults,
  type Job,
  type Paging,
  type RecordPath,
  type Sweep,
  sweepDefaults,
  type TableJob,
  type TableWatermark,
  tableJobDefaults,
} from '@strata/core'
import type {
  ConnectorProperties,
  EndpointJobProperties,
  JobProperties,
  SourceProperties,
  TableJobProperties,
  TableProperties,
} from '../project/properties-schema.ts'

const secondsADay = 24 * 60 * 60

const endpointUnknown = 'endpoint unknown'

export function toJob(
  source: SourceProperties,
  table: TableProperties,
  job: JobProperties,
  schema: string,
): Job {
  const relationOf = (name: string) => {
    const other = (source.tables ?? []).find((candidate) => candidate.name === name)
    return { schema, name: other?.identifier ?? name }
  }
  const common = {
    source: source.name,
    table: table.name,
    name: job.name ?? table.name,
    knownId: job.id ?? null,
    target: relationOf(table.name),
    maxDeletedShare: job.max_deleted_share,
    active: job.active,
    reason: job.reason ?? ('slices' in job && job.endpoint === undefined ? endpointUnknown : null),
    refreshAfterSeconds: job.refresh_after ?? null,
  }
  if ('slices' in job) return { ...common, ...endpointPart(source, job, relationOf) }
  // Of a column, whatever stands in its name.
  const key = job.key.map((column) => ({ field: [column] }))
  const rows = { ...common, key, keysAreRestricted: isRestricted(source, table, job.key) }
  if (!('files' in job)) return { ...rows, ...tablePart(table, job) }
  return {
    ...rows,
    kind: 'file',
    sweep: null,
    files: job.files,
    delimiter: job.delimiter,
    encoding: job.encoding,
    columns: job.columns ?? null,
    nullValues: job.null_values,
    chunkRows: fileJobDefaults.chunkRows,
  }
}

type Common =
  | 'source'
  | 'table'
  | 'name'
  | 'knownId'
  | 'target'
  | 'maxDeletedShare'
  | 'active'
  | 'reason'
  | 'refreshAfterSeconds'

function tablePart(
  table: TableProperties,
  job: TableJobProperties,
): Omit<TableJob, Common | 'key' | 'keysAreRestricted'> {
  const name = job.relation ?? table.name
  const dot = name.indexOf('.')
  const { sweep } = job
  return {
    kind: 'table',
    relation: dot < 0 ? { schema: null, name } : { schema: name.slice(0, dot), name: name.slice(dot + 1) },
    excludeColumns: job.exclude_columns,
    watermark: toTableWatermark(job.watermark),
    sweep:
      sweep === false ? null : sweep ? { everySeconds: sweep.every * secondsADay } : tableJobDefaults.sweep,
    compare: sweep ? sweep.compare : tableJobDefaults.compare,
    onMismatch: job.on_mismatch,
    chunkRows: job.chunk_rows,
  }
}

/** Whether the table, its source or a column of its key is marked as health information. */
function isRestricted(source: SourceProperties, table: TableProperties, key: readonly string[]): boolean {
  const columns = (table.columns ?? []).filter(({ name }) => key.includes(name))
  const marks = [source, table, ...columns].flatMap(({ meta, config }) => [meta, config?.meta])
  return marks.some((meta) => (meta as { phi?: unknown } | null | undefined)?.phi === true)
}

/** Where each walk is a full one, no further ones are wanted; nor, unasked, where most slices are not to be asked for. */
function toSweep({ sweep, cursor, slices }: EndpointJobProperties): Sweep | null {
  if (sweep) return { everySeconds: sweep.every * secondsADay }
  const follows = slices.some(({ refresh }) => refresh === 'on_change')
  return sweep === false || !cursor || follows ? null : sweepDefaults
}

function toTableWatermark(watermark: TableJobProperties['watermark']): TableWatermark | null {
  if (!watermark) return null
  const asText = (bound: string | number | null | undefined) =>
    bound === null || bound === undefined ? null : String(bound)
  return {
    columns: watermark.columns.map((column) => {
      const { name, min, max } =
        typeof column === 'string'
          ? ({ name: column } as { name: string; min?: string; max?: string })
          : column
      return { name, min: asText(min ?? watermark.min), max: asText(max ?? watermark.max) }
    }),
    logic: watermark.logic,
    lookbackSeconds: watermark.lookback,
    onMissing: watermark.on_cursor_value_missing,
  }
}

function endpointPart(
  { connector }: SourceProperties,
  job: EndpointJobProperties,
  relationOf: (name: string) => EndpointJob['target'],
): Omit<EndpointJob, Common> {
  return {
    kind: 'endpoint',
    endpoint: job.endpoint ?? '',
    params: Object.fromEntries(Object.entries(job.params).map(([name, value]) => [name, String(value)])),
    recordPath: job.data_selector ? toPath(job.data_selector) : null,
    paging: toPaging(
      job.paging ?? (connector && 'paging' in connector ? connector.paging : null),
      connector?.kind ?? 'odata',
    ),
    key:
      job.key === 'row'
        ? [{ record: 'whole' as const }, ...job.slices.map(({ parameter }) => ({ parameter }))]
        : job.key.map((part) => {
            if (typeof part === 'string') return { field: toPath(part) }
            return 'field' in part ? { field: toPath(part.field) } : { parameter: part.parameter }
          }),
    slices: job.slices.map((slice) => ({
      parameter: slice.parameter,
      from: relationOf(slice.table),
      path: toPath(slice.path),
      match: Object.fromEntries(Object.entries(slice.match).map(([name, path]) => [name, toPath(path)])),
      ...(slice.refresh === 'on_change' && { refresh: slice.refresh }),
    })),
    cursor: toCursor(job.cursor),
    window: job.window ?? null,
    sweep: toSweep(job),
    pageSize: job.page_size,
  }
}

function toPaging(paging: EndpointJobProperties['paging'], kind: ConnectorProperties['kind']): Paging {
  if (!paging) return { kind: kind === 'odata' ? 'auto' : 'single' }
  switch (paging.kind) {
    case 'next_link':
      return { kind: paging.kind, path: toLinkPath(paging.next_url_path) }
    case 'offset':
      return {
        kind: paging.kind,
        offsetParam: paging.offset_param,
        limitParam: paging.limit_param,
        totalPath: paging.total_path ? toPath(paging.total_path) : null,
      }
    case 'page_number':
      return {
        kind: paging.kind,
        pageParam: paging.page_param,
        limitParam: paging.limit_param ?? null,
        basePage: paging.base_page,
        totalPath: paging.total_path ? toPath(paging.total_path) : null,
      }
    case 'cursor':
      return {
        kind: paging.kind,
        params: Object.fromEntries(
          Object.entries(paging.cursor_params).map(([name, path]) => [name, toPath(path)]),
        ),
        limitParam: paging.limit_param ?? null,
      }
    default:
      return paging
  }
}

function toCursor(cursor: EndpointJobProperties['cursor']): Cursor | null {
  if (!cursor) return null
  return {
    field: cursor.field,
    lookbackSeconds: cursor.lookback,
    format: cursor.format ?? null,
    startParam: cursor.start_param ?? null,
    min: cursor.min ?? null,
    max: cursor.max ?? null,
    onMissing: cursor.on_cursor_value_missing,
  }
}

function toPath(path: string | readonly string[]): RecordPath {
  return typeof path === 'string' ? path.split('.') : path
}

/** `@odata.nextLink` is one name, whatever stands in it. */
function toLinkPath(path: string | readonly string[]): RecordPath {
  return typeof path === 'string' && path.startsWith('@') ? [path] : toPath(path)
}
