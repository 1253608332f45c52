import type { DatabaseState } from './compare-with-database.ts'

export type JsonObject = { readonly [key: string]: unknown }

/** The artifacts of an earlier run, ours or dbt's, as parsed JSON; null: there is no such file. */
export interface PreviousState {
  /** `manifest.json`, for `state:` */
  readonly manifest: JsonObject | null
  /** `run_results.json`, for `result:` */
  readonly runResults: JsonObject | null
  /** `sources.json`, for `source_status:`, */
  readonly sources: JsonObject | null
  /** which is compared with the `sources.json` of the newest `source freshness` of this project. */
  readonly currentSources: JsonObject | null
  /** Stands in the place of `manifest`. */
  readonly database?: DatabaseState
  /** Stands in the place of `runResults`: the status of each node, by artifact id. */
  readonly statuses?: ReadonlyMap<string, string>
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

/** The member of an object, or an empty object. */
export function objectIn(object: JsonObject | null, key: string): JsonObject {
  return asObject(object?.[key]) ?? {}
}

/** Artifacts call a data test `test.…`, as dbt does. */
export function artifactId(id: string): string {
  return id.replace(/^data_test\./, 'test.')
}
