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
}

/** The field that tells when a record changed, and how to ask for the records beyond a value of it. */
export interface Cursor {
  readonly field: string
  /** Seconds read again below the watermark, against clocks that differ and transactions that commit late. */
  readonly lookbackSeconds: number
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
  readonly target: RelationName
  readonly key: readonly KeyPart[]
  readonly slices: readonly SliceParameter[]
  readonly cursor: Cursor | null
  readonly pageSize: number
  readonly active: boolean
  /** Why it is not active. */
  readonly reason: string | null
  /** A landing younger than this many seconds is not repeated by `run`; null: always land. */
  readonly refreshAfterSeconds: number | null
}

/** A value given in the file, or the name of the environment variable that holds it. */
export type Setting = { readonly value: string } | { readonly env: string }

/** One tenant of a source, as declared. */
export interface InstanceDeclaration {
  readonly id: number
  readonly name: string
  readonly baseUrl: Setting
  /** The secret of the connector's authentication. */
  readonly secret: Setting
}

/** How a source's API is reached, as declared in its `connector:` block. */
export interface Connector {
  readonly source: string
  readonly kind: 'odata'
  readonly auth: { readonly kind: 'api_key'; readonly header: string }
  readonly timeoutSeconds: number
  /** Requests under way at once, per instance. */
  readonly concurrency: number
  /** Least time between two request starts, per instance. */
  readonly requestIntervalMs: number
  readonly instances: readonly InstanceDeclaration[]
}

/** An instance with its settings resolved: ready to be called. Never serialised. */
export interface Instance {
  readonly id: number
  readonly name: string
  readonly baseUrl: string
  readonly secret: string
  /** Served by the built-in simulator. Simulated and real records never land in one database. */
  readonly simulated: boolean
}
