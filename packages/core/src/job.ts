import type { RelationName } from './relation.ts'

/** A path into the API record, for instance `['study', 'id']`. */
export type RecordPath = readonly string[]

/** One part of an entity's key: a field of the record, a path parameter of the slice, or the record as a whole, where nothing else tells records apart. */
export type KeyPart =
  | { readonly field: RecordPath }
  | { readonly parameter: string }
  | { readonly record: 'whole' }

/** Where the values of one path parameter come from: a JSON path in the records of a landed table, of the same instance. */
export interface SliceParameter {
  /** Name as it stands in the endpoint: `studyId` for `/studies/{studyId}/subjects`. */
  readonly parameter: string
  /** The landed table. */
  readonly from: RelationName
  readonly path: RecordPath
  /** Earlier parameters that this table's records belong to, and where they say so: `{studyId: ['study', 'id']}`. */
  readonly match: { readonly [parameter: string]: RecordPath }
  /** Asked for again only where a row of the table that gives the value was written since; absent: by each run. */
  readonly refresh?: 'on_change'
}

/** How an API writes an instant in a filter. */
export type CursorFormat =
  | 'iso_utc'
  | 'iso_offset'
  | 'iso_naive'
  | 'date'
  | 'quoted'
  | 'datetime'
  | 'datetimeoffset'
  | 'epoch_seconds'
  | 'epoch_ms'

/** The field that tells when a record changed, and how to ask for the records beyond a value of it. */
export interface Cursor {
  readonly field: string
  /** Seconds read again below the watermark, against clocks that differ and transactions that commit late. */
  readonly lookbackSeconds: number
  /** How the filter writes it; null: as the probe found it, else `iso_utc`. */
  readonly format: CursorFormat | null
  /** The query parameter that takes the lower bound, for an API that is not asked by `$filter`; null: `$filter`. */
  readonly startParam: string | null
  /** Values outside neither move a watermark nor count as a change time (R14). ISO 8601; null: 1990 … a day from now. */
  readonly min: string | null
  readonly max: string | null
  /** Records without a value: asked for by themselves with each increment, left to the next full walk, or an error. */
  readonly onMissing: 'include' | 'exclude' | 'raise'
}

/** How the next page of a list is asked for. */
export type Paging =
  /** OData: the next link where there is one, else by key, else by offset in the order of the key, else by offset. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'next_link'; readonly path: RecordPath }
  | { readonly kind: 'keyset' }
  | {
      readonly kind: 'offset'
      readonly offsetParam: string
      readonly limitParam: string
      readonly totalPath: RecordPath | null
    }
  | {
      readonly kind: 'page_number'
      readonly pageParam: string
      readonly limitParam: string | null
      readonly basePage: number
      readonly totalPath: RecordPath | null
    }
  | {
      readonly kind: 'cursor'
      /** Each parameter of the next request, and where the answer says its value. */
      readonly params: { readonly [parameter: string]: RecordPath }
      readonly limitParam: string | null
    }
  /** One answer holds all. */
  | { readonly kind: 'single' }

/** A full walk in pieces, for endpoints that cannot answer for all time at once. */
export interface DateWindow {
  readonly field: string
  /** ISO date from which on the windows have this length; what lies before is one window, and what lies beyond `to` too. */
  readonly from: string
  readonly days: number
  /** Days beyond today. */
  readonly ahead: number
}

/** Reading everything again though increments are read otherwise: it finds what is gone, and what increments missed. */
export interface Sweep {
  readonly everySeconds: number
}

/** What every job is: it lands records of one kind in one bronze table, for every instance of its source. */
interface JobBase {
  readonly source: string
  /** The table's name in the source block: `patients`. */
  readonly table: string
  /** The name in `dw_etl_jobs`: `Patients`. */
  readonly name: string
  /** The known id in `dw_etl_jobs`, held by the first instance; null where none is known. */
  readonly knownId: number | null
  readonly target: RelationName
  readonly key: readonly KeyPart[]
  /** Null: only where every walk is a full one, or when it is asked for. */
  readonly sweep: Sweep | null
  /** Greatest share of an instance's records that one walk may find gone; more are left and told. 0.05: five per cent. */
  readonly maxDeletedShare: number
  readonly active: boolean
  /** Why it is not active. */
  readonly reason: string | null
  /** A landing younger than this many seconds is not repeated by `run`; null: always land. */
  readonly refreshAfterSeconds: number | null
}

/** What lands one endpoint of an API. */
export interface EndpointJob extends JobBase {
  readonly kind: 'endpoint'
  /** Path below the instance's base URL, with `{parameter}` places; empty where nobody knows it, and the job is not active. */
  readonly endpoint: string
  /** Further query parameters of each request; `{parameter}` places too. */
  readonly params: { readonly [name: string]: string }
  /** Where the list of records stands in an answer; null: under `value`, or the answer is the list. */
  readonly recordPath: RecordPath | null
  readonly paging: Paging
  readonly slices: readonly SliceParameter[]
  readonly cursor: Cursor | null
  readonly window: DateWindow | null
  readonly pageSize: number
}

/** A column that is said to tell when a row changed. */
export interface ChangeColumn {
  readonly name: string
  /** Values outside neither select a row nor move a watermark (R14). Null: 1990-01-01 … a day from now, and none for numbers. */
  readonly min: string | null
  readonly max: string | null
}

/** How the changed rows of a table are asked for. Each column has a watermark of its own. */
export interface TableWatermark {
  /** The most reliable first. */
  readonly columns: readonly ChangeColumn[]
  /** Whether a row counts as changed when any of its columns is beyond its watermark, or only when all are. */
  readonly logic: 'or' | 'and'
  /** Seconds read again below the watermarks, against clocks that are put back and transactions that commit late. */
  readonly lookbackSeconds: number
  /** Rows without a value in any of the columns: asked for with each increment, left to the next sweep, or an error. */
  readonly onMissing: 'include' | 'exclude' | 'raise'
}

/** Of rows that an analyst may know by their keys. */
interface RowsJob extends JobBase {
  /** Health information: the values of keys are in no message. */
  readonly keysAreRestricted: boolean
}

/** What lands one table of a database. */
export interface TableJob extends RowsJob {
  readonly kind: 'table'
  /** The table there; `schema` (in MySQL a database) null: that of the connection. */
  readonly relation: { readonly schema: string | null; readonly name: string }
  /** Columns that are not read. */
  readonly excludeColumns: readonly string[]
  /** Null: every load reads everything, and compares. */
  readonly watermark: TableWatermark | null
  /** What a sweep of it compares: the keys, which finds what is gone or missing; or the rows, which also finds what changed. */
  readonly compare: 'keys' | 'rows'
  /** When a load turns out to have missed rows. */
  readonly onMismatch: 'fail' | 'full_load'
  /** Rows read, and landed, at a time. */
  readonly chunkRows: number
}

/** What lands the rows of text files. Every load of a changed file reads everything, and compares. */
export interface FileJob extends RowsJob {
  readonly kind: 'file'
  /** A path or pattern below the instance's folder: `exports/patients-*.csv`. */
  readonly files: string
  readonly delimiter: string
  /** As the Encoding Standard names it: `utf-8`, `windows-1252`. */
  readonly encoding: string
  /** Names of the columns; null: the first line has them. */
  readonly columns: readonly string[] | null
  /** Texts that stand for null, where they are not quoted. */
  readonly nullValues: readonly string[]
  readonly chunkRows: number
}

/** What lands records of a source in one bronze table, for every instance. */
export type Job = EndpointJob | TableJob | FileJob

/** A value given in the file, or the name of the environment variable that holds it. */
export type Setting = { readonly value: string } | { readonly env: string }

/** How an API knows us. The names of the credentials that each kind needs stand with it. */
export type Auth =
  /** `api_key` */
  | { readonly kind: 'api_key'; readonly name: string; readonly location: 'header' | 'query' }
  /** `token` */
  | { readonly kind: 'bearer' }
  /** `username`, `password` */
  | { readonly kind: 'http_basic' }
  /** `client_id`, `client_secret` */
  | { readonly kind: 'oauth2_client_credentials'; readonly tokenUrl: string; readonly scope: string | null }
  | { readonly kind: 'none' }

/** One tenant of a source, as declared. */
export interface InstanceDeclaration {
  readonly id: number
  readonly name: string
  /** The base URL of an API, the URL of a database, a folder of files. */
  readonly address: Setting
  /** What the connector's authentication needs, by name. */
  readonly credentials: { readonly [name: string]: Setting }
  /** Values of `{parameter}` places that are the same for all jobs of the instance. */
  readonly parameters: { readonly [name: string]: Setting }
}

interface ConnectorBase {
  readonly source: string
  readonly instances: readonly InstanceDeclaration[]
}

/** How an API is reached. */
export interface ApiConnector extends ConnectorBase {
  readonly kind: 'odata' | 'rest'
  readonly auth: Auth
  /** Sent with each request. */
  readonly headers: { readonly [name: string]: string }
  readonly timeoutSeconds: number
  /** Requests under way at once, per instance. */
  readonly concurrency: number
  /** Least time between two request starts, per instance. */
  readonly requestIntervalMs: number
  /** At most so many requests in any such time, per instance. */
  readonly requestBudget: { readonly requests: number; readonly perSeconds: number } | null
  /** A longer `Retry-After` is not waited for. */
  readonly maxRetryAfterSeconds: number
}

/** How a database is reached: the address of an instance is its URL, without the `password`, which is a credential. */
export interface DatabaseConnector extends ConnectorBase {
  readonly kind: 'mysql' | 'postgres'
  /** The zone that its times without one are meant in, as the IANA names it; null: they are landed as they are, and compared with the server's clock. */
  readonly timeZone: string | null
  /** Seconds that a statement may take. */
  readonly timeoutSeconds: number
  /** Tables read at once, per instance. */
  readonly concurrency: number
}

/** Files in a folder. */
export interface FilesConnector extends ConnectorBase {
  readonly kind: 'csv'
}

/** How a source is reached, as declared in its `connector:` block. */
export type Connector = ApiConnector | DatabaseConnector | FilesConnector

/** An instance with its settings resolved: ready to be called. Never serialised. */
export interface Instance {
  readonly id: number
  readonly name: string
  /** The base URL of an API, the URL of a database without its password, the absolute path of a folder. */
  readonly address: string
  readonly credentials: { readonly [name: string]: string }
  readonly parameters: { readonly [name: string]: string }
  /** Served by the built-in simulator. Simulated and real records never land in one database. */
  readonly simulated: boolean
}

/** Whether an API is behind it, so that it can be probed. */
export function isApi(connector: Connector): connector is ApiConnector {
  return connector.kind === 'odata' || connector.kind === 'rest'
}
