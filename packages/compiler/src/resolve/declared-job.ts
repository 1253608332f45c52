import type { Cursor, Job, Paging, RecordPath } from '@strata/core'
import type {
  ConnectorProperties,
  JobProperties,
  SourceProperties,
  TableProperties,
} from '../project/properties-schema.ts'

const secondsADay = 24 * 60 * 60

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
  const { connector } = source
  return {
    source: source.name,
    table: table.name,
    name: job.name ?? table.name,
    knownId: job.id ?? null,
    endpoint: job.endpoint,
    params: Object.fromEntries(Object.entries(job.params).map(([name, value]) => [name, String(value)])),
    recordPath: job.data_selector ? toPath(job.data_selector) : null,
    paging: toPaging(job.paging ?? connector?.paging ?? null, connector?.kind ?? 'odata'),
    target: relationOf(table.name),
    key: job.key.map((part) => {
      if (typeof part === 'string') return { field: toPath(part) }
      return 'field' in part ? { field: toPath(part.field) } : { parameter: part.parameter }
    }),
    slices: job.slices.map((slice) => ({
      parameter: slice.parameter,
      from: relationOf(slice.table),
      path: toPath(slice.path),
      match: Object.fromEntries(Object.entries(slice.match).map(([name, path]) => [name, toPath(path)])),
    })),
    cursor: toCursor(job.cursor),
    window: job.window ?? null,
    sweep: job.sweep ? { everySeconds: job.sweep.every * secondsADay } : null,
    maxDeletedShare: job.max_deleted_share,
    pageSize: job.page_size,
    active: job.active,
    reason: job.reason ?? null,
    refreshAfterSeconds: job.refresh_after ?? null,
  }
}

function toPaging(paging: JobProperties['paging'], kind: ConnectorProperties['kind']): Paging {
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

function toCursor(cursor: JobProperties['cursor']): Cursor | null {
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
