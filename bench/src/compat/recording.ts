/** What one tool made of one project: what ran, how each node ended, and what stands in the database afterwards. */
export interface Recording {
  readonly tool: string
  readonly project: string
  readonly recordedAt: string
  readonly commands: readonly CommandRun[]
  readonly nodes: readonly RecordedNode[]
}

export interface CommandRun {
  readonly name: string
  readonly exitCode: number | null
  readonly seconds: number
  /** Complaints about project files, and what the tool said where it could not even start. */
  readonly complaints: readonly Complaint[]
}

export interface Complaint {
  readonly code: string
  readonly message: string
  /** `file:line:column`, where known. */
  readonly place: string | null
}

export interface RecordedNode {
  readonly id: string
  /** dbt's resource type: model, seed, snapshot, test, unit_test. */
  readonly kind: string
  readonly name: string
  readonly materialized: string | null
  /** dbt's word: success, error, skipped, pass, fail, warn; null where the node did not run. */
  readonly status: string | null
  readonly message: string | null
  readonly failures: number | null
  readonly seconds: number
  readonly relation: RelationName | null
  readonly content: Content | null
}

export interface RelationName {
  readonly schema: string
  readonly name: string
}

/** The rows of a relation as numbers that do not depend on their order. */
export interface Content {
  readonly rows: number
  readonly columns: readonly ContentColumn[]
  /** False where the same tool puts the columns into another order when it runs again: a pivot over unordered values. */
  readonly columnOrder: boolean
  /** Of whole rows, over the stable columns only; null where the same tool puts these values into other rows when it runs again. */
  readonly hash: string | null
}

export interface ContentColumn {
  readonly name: string
  readonly type: string
  readonly hash: string
  /** False where the same tool gives other values when it runs again: clocks, random numbers, generated ids. */
  readonly stable: boolean
}
