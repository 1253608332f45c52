import type { NodeId } from './node.ts'
import type { Intent, RunArguments, StepKind } from './plan.ts'
import type { FixtureCell, RowDifference } from './unit-test.ts'

/** What a step did, in rows. Absent: does not apply. */
export interface Counts {
  /** Rows of the relation that were built, or records that a job fetched. */
  readonly rows?: number
  readonly fetched?: number
  readonly inserted?: number
  readonly changed?: number
  readonly unchanged?: number
  readonly deleted?: number
  readonly quarantined?: number
  /** Records that a job could not read, and passed over. */
  readonly unreadable?: number
  /** Records that a walk over everything found, though increments should have brought them. */
  readonly missed?: number
  /** Cursor values that are impossible, and that are missing. */
  readonly rejectedCursors?: number
  readonly missingCursors?: number
  /** Rows that a data test found. */
  readonly failures?: number
  /** Rows of the relation that a data test looked at, kept to be compared with in the next run. */
  readonly measured?: number
}

export type StepStatus = 'success' | 'warned' | 'failed' | 'skipped' | 'cancelled'

/** The project file that a failure is about; line and column, from 1, where they are known. */
export interface FailurePlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** The serialisable face of an error. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly sqlstate?: string
  /** Compiled SQL that failed, and the 1-based character in it. */
  readonly sql?: string
  readonly position?: number
  readonly place?: FailurePlace
  /** Of a unit test, whose rows are made up: what is another than expected. */
  readonly differences?: readonly RowDifference[]
  /** Of a unit test: what of its rows is at fault, until its place is known. */
  readonly cell?: FixtureCell
}

/** Batches that a model was built in, each from its beginning to its end; ISO 8601, UTC. */
export interface BatchResults {
  readonly successful: readonly BatchSpan[]
  readonly failed: readonly BatchSpan[]
}

export type BatchSpan = readonly [from: string, to: string]

/** How one step ended. Every step of a plan has exactly one. */
export interface StepResult {
  readonly id: NodeId
  readonly kind: StepKind
  readonly name: string
  readonly status: StepStatus
  readonly action: Intent | 'none'
  /** What happened in a few words: `incremental`, `first build`, `endpoint not supported (404)`. */
  readonly message: string
  readonly counts: Counts
  /** ISO 8601; null for a step that never started. */
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly milliseconds: number
  readonly failure: Failure | null
  /** The failed step that a skipped one stood behind. */
  readonly because: NodeId | null
  /** Jobs that landed only partly: this step ran on old data of them (R12). */
  readonly staleBecause: readonly NodeId[]
  readonly batches?: BatchResults
}

export interface RunResult {
  readonly runId: string
  readonly command: string
  readonly target: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly status: 'success' | 'failed' | 'cancelled'
  readonly results: readonly StepResult[]
  /** What the run was asked for, as in its plan. */
  readonly arguments?: RunArguments
}
