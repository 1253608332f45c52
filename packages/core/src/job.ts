import type { RelationName } from './relation.ts'

/** A path into the API record, for instance `['study', 'id']`. */
export type RecordPath = readonly string[]

/** One part of an entity's key: a field of the record, or a path parameter of the slice. */
export type KeyPart = { readonly field: RecordPath } | { readonly parameter: string }

/** Where the values of one path parameter come from: a JSON path in the records of a landed table, of the same instance. */
export interface SliceParameter {
  /** Name as it stands in the endpoint: `studyId` for `/studies/{studyId}/subjects`. */
  readonly parameter: string
  /** The landed table. */
  readonly from: RelationName
  readonly path: RecordPath
  /** Earlier parameters that this table's records belong to, and where they say so: `{studyId: ['study', 'id']}`. */
  readonly match: { readonly [parameter: string]: RecordPath }
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

/** Full walks of a job that is otherwise read by increments: they find what is gone, and what increments missed. */
export interface Sweep {
  readonly everySeconds: number
}

/** What lands one endpoint (or table) of a source in one bronze table, for every instance. */
export interface Job {
  readonly source: string
  /** The table's name in the source block: `patients`. */
  readonly table: string
  /** The name in `dw_etl_jobs`: `Patients`. */
  readonly name: string
  /** The known id in `dw_etl_jobs`, held by the first instance; null where none is known. */
  readonly knownId: number | null
  /** Path below the instance's base URL, with `{parameter}` places. */
  readonly endpoint: string
  /** Further query parameters of each request; `{parameter}` places too. */
  readonly params: { readonly [name: string]: string }
  /** Where the list of records stands in an answer; null: under `value`, or the answer is the list. */
  readonly recordPath: RecordPath | null
  readonly paging: Paging
  readonly target: RelationName
  readonly key: readonly KeyPart[]
  readonly slices: readonly SliceParameter[]
  readonly cursor: Cursor | null
  readonly window: DateWindow | null
  /** Null: only where every walk is a full one, or when it is asked for. */
  readonly sweep: Sweep | null
  /** Greatest share of an instance's records that one walk may find gone; more are left and told. 0.05: five per cent. */
  readonly maxDeletedShare: number
  readonly pageSize: number
  readonly active: boolean
  /** Why it is not active. */
  readonly reason: string | null
  /** A landing younger than this many seconds is not repeated by `run`; null: always land. */
  readonly refreshAfterSeconds: number | null
}

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
  readonly baseUrl: Setting
  /** What the connector's authentication needs, by name. */
  readonly credentials: { readonly [name: string]: Setting }
  /** Values of `{parameter}` places that are the same for all jobs of the instance. */
  readonly parameters: { readonly [name: string]: Setting }
}

/** How a source's API is reached, as declared in its `connector:` block. */
export interface Connector {
  readonly source: string
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
  readonly instances: readonly InstanceDeclaration[]
}

/** An instance with its settings resolved: ready to be called. Never serialised. */
export interface Instance {
  readonly id: number
  readonly name: string
  readonly baseUrl: string
  readonly credentials: { readonly [name: string]: string }
  readonly parameters: { readonly [name: string]: string }
  /** Served by the built-in simulator. Simulated and real records never land in one database. */
  readonly simulated: boolean
}
