import type { CompiledSelect } from './compiled-select.ts'
import type { Contract, StoredContract } from './contract.ts'
import type { DataTestConfig, Tally } from './data-test.ts'
import type { IncrementEdge } from './increment-edge.ts'
import type { Connector, Job } from './job.ts'
import type { Json } from './json.ts'
import type { Hook, ModelConfig, NodeId, SeedConfig } from './node.ts'
import type { Quarantine } from './quarantine.ts'
import type { RelationName } from './relation.ts'
import type { Target } from './target.ts'
import type { UnitTestBody } from './unit-test.ts'

/**
 * What a step means to do, as far as it can be known before its lock is held: build what is not there, take the
 * increment, rebuild the whole, bring it in place to what a changed SELECT yields, land a job, check a test, or skip. The facts read under the lock decide.
 */
export type Intent = 'land' | 'build' | 'increment' | 'rebuild' | 'alter' | 'replace' | 'test' | 'skip'

interface StepBase {
  readonly id: NodeId
  /** For people: `silver.patients`, `clinical_conductor.patients`. */
  readonly name: string
  /** Steps of this plan that must end first, found through nodes that are not steps (sources, ephemeral models). */
  readonly parents: readonly NodeId[]
  readonly intent: Intent
  /** Why that intent, in a few words. */
  readonly reason: string
  /**
   * The step that carries this one out together with itself: a data test that gates a relation is asked inside the
   * transaction that would publish it. Absent: it is carried out by itself.
   */
  readonly within?: NodeId
  /** Data tests are carried out within it: it is published only if they let it through. */
  readonly gated?: boolean
  /** What is another one than when the relation was built; absent: the state has not been looked at. */
  readonly changes?: readonly Change[]
}

/** One reason for a step to do more than nothing. */
export type Change =
  | { readonly kind: 'new' }
  /** A unified diff of the compiled SQL; null: what it was before is not known. */
  | { readonly kind: 'sql'; readonly diff: string | null }
  /** An option of the configuration; null: it was not set, or no longer is. */
  | { readonly kind: 'config'; readonly option: string; readonly before: Json; readonly after: Json }
  /** The file of a seed. */
  | { readonly kind: 'file' }
  /** A parent will be another one when the step's turn comes. */
  | { readonly kind: 'parent'; readonly parent: string }
  /** A parent has been built since this was. */
  | { readonly kind: 'stale'; readonly parent: string }
  /** What changed SQL does to the columns of its relation. */
  | {
      readonly kind: 'columns'
      readonly adds: readonly string[]
      readonly drops: readonly string[]
      readonly retypes: readonly {
        readonly column: string
        readonly before: string
        readonly after: string
      }[]
    }
  /** What it promises: what of that is gone, and who reads it; what is new. */
  | {
      readonly kind: 'contract'
      readonly breaks: readonly string[]
      readonly adds: readonly string[]
      readonly affects: readonly string[]
    }

export interface JobStep extends StepBase {
  readonly kind: 'job'
  readonly job: Job
  readonly connector: Connector
}

export type BatchSize = 'hour' | 'day' | 'month' | 'year'

/** How a model is built in batches of time. A batch is a half-open window in UTC. */
export interface BatchSettings {
  /** Column of the model whose value says which batch a row belongs to. */
  readonly eventTime: string
  /** Lies in the first batch; ISO 8601, UTC. */
  readonly begin: string
  readonly size: BatchSize
  /** How many batches before the current one are done again at each run. */
  readonly lookback: number
  /** Rows that the SELECT yields for a batch and whose time lies outside of it are kept; then no row leaves a batch. Absent: they are refused. */
  readonly keepsOutside?: true
  /** Exactly the batches that this span touches, done or not; ISO 8601, UTC. `to` null: up to now. */
  readonly only?: { readonly from: string; readonly to: string | null }
  /** Of a table that is there and is what its SQL says, these and no others, done or not: their beginnings, ISO 8601. */
  readonly exactly?: readonly string[]
}

export interface ModelStep extends StepBase {
  readonly kind: 'model'
  readonly relation: RelationName
  readonly config: ModelConfig
  readonly select: CompiledSelect
  /** The template asks the database: `select` and `fingerprint` are made at the step. */
  readonly late: boolean
  /** Absent: it promises nothing that the database enforces. */
  readonly contract?: Contract
  readonly increments: readonly IncrementEdge[]
  /** Absent: it is not built in batches. */
  readonly batches?: BatchSettings
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Hash of all that decides what the relation holds: the compiled SQL and the configuration. */
  readonly fingerprint: string
  /** Of a late model whose SQL is known by now: `fingerprint` as the plan had it. */
  readonly plannedFingerprint?: string
  /** Of one that records its changes: for whom (names of models), and its fingerprint if it did not. */
  readonly recording?: { readonly readers: readonly string[]; readonly fingerprintWithout: string }
  readonly fullRefresh: boolean
  /** A full build of an incremental model may leave it without the rows that it had. */
  readonly allowEmpty?: boolean
  readonly description: string
  readonly columnDescriptions: { readonly [column: string]: string }
}

export interface SeedStep extends StepBase {
  readonly kind: 'seed'
  readonly relation: RelationName
  readonly config: SeedConfig
  /** Relative to the project directory. */
  readonly file: string
  readonly checksum: string
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Constraints that the database enforces. */
  readonly contract?: Contract
  /** Hash of the file and of the configuration that decides what the table holds. */
  readonly fingerprint: string
  readonly fullRefresh: boolean
  readonly description: string
  readonly columnDescriptions: { readonly [column: string]: string }
}

/** How a snapshot tells versions of a row apart, and what it adds to each. Columns are names, or SQL over the columns of its SELECT. */
export interface SnapshotSettings {
  readonly strategy:
    | { readonly kind: 'timestamp'; readonly updatedAt: string }
    | {
        readonly kind: 'check'
        readonly columns: 'all' | readonly string[]
        /** Null: a version begins when it is found. */
        readonly updatedAt: string | null
      }
    /** A macro of the project's, which nobody calls. */
    | { readonly kind: 'custom'; readonly name: string }
  readonly uniqueKey: readonly string[]
  readonly hardDeletes: 'ignore' | 'invalidate' | 'new_record'
  /** SQL: what stands in `validTo` of current rows; null: NULL does. */
  readonly validToCurrent: string | null
  /** Names of the columns that it adds. */
  readonly columns: SnapshotColumns
}

export interface SnapshotColumns {
  readonly scdId: string
  readonly updatedAt: string
  readonly validFrom: string
  readonly validTo: string
  readonly isDeleted: string
}

export interface SnapshotStep extends StepBase {
  readonly kind: 'snapshot'
  readonly relation: RelationName
  readonly config: { readonly [option: string]: Json }
  readonly settings: SnapshotSettings
  readonly select: CompiledSelect
  readonly late: boolean
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Hash of the SELECT and the configuration. */
  readonly fingerprint: string
  /** A history of that name that Strata did not begin, or began for another target, is gone on with. */
  readonly takeOver: boolean
  /** A SELECT that yields nothing may close every current row. */
  readonly allowEmpty?: boolean
  readonly description: string
  readonly columnDescriptions: { readonly [column: string]: string }
}

export interface DataTestStep extends StepBase {
  readonly kind: 'data_test'
  readonly select: CompiledSelect
  readonly late: boolean
  readonly config: DataTestConfig
  /** As in the node. */
  readonly tally?: Tally
  /** Where its failing rows are kept, all of them; absent: nowhere. */
  readonly store?: FailureStore
  /** What it reads is marked as health information: its rows are shown and kept nowhere but in a restricted table. */
  readonly restricted?: true
  /** Its failing rows are moved out of bronze, and what follows goes on. */
  readonly quarantine?: Quarantine
}

export type FailureStore =
  | { readonly as: 'table' | 'view'; readonly relation: RelationName }
  /** `strata.failing_rows`, which its owner alone can read. */
  | { readonly as: 'restricted' }

/** Compares what a model makes of given rows with what it should; reads no relation. */
export interface UnitTestStep extends StepBase, UnitTestBody {
  readonly kind: 'unit_test'
}

export type Step = JobStep | SeedStep | ModelStep | SnapshotStep | DataTestStep | UnitTestStep
export type StepKind = Step['kind']

/** What a run does, as frozen JSON: `models plan` explains it, `models run` executes it. Steps are in topological order. */
export interface Plan {
  readonly version: 1
  readonly command: string
  readonly target: Target
  readonly steps: readonly Step[]
  /** What was asked for: options of the command, by name, as far as `retry` needs them. */
  readonly arguments?: RunArguments
  /** What the plan was made on; a plan without it is executed on whatever there is. */
  readonly world?: World
}

export type RunArguments = { readonly [option: string]: Json }

/** What is kept of a relation that a target built. */
export interface KnownRelation {
  readonly node: NodeId
  readonly relation: RelationName
  readonly fingerprint: string
  /** The fingerprint of the step in its plan: another one where the template asked the database. */
  readonly plannedFingerprint: string
  /** As `selectText` gives it; null: a seed, or not kept by the version that built it. */
  readonly sql: string | null
  /** As `shapeOptions` gives it. */
  readonly configuration: { readonly [option: string]: Json } | null
  /** What it promised; absent: nothing, or not kept. */
  readonly contract?: StoredContract
  /** ISO 8601 */
  readonly builtAt: string
}

/** What a saved plan stands on: it is executed only while all of it is as it was. */
export interface World {
  /** Digests of the project's files, by path. */
  readonly files: { readonly [path: string]: string }
  /** The state of each relation of the plan, by node. */
  readonly states: { readonly [id: NodeId]: WorldState }
}

export interface WorldState {
  readonly oid: string | null
  readonly fingerprint: string | null
  readonly definitionHash: string | null
  /** Names and types, in their order: `id integer`. */
  readonly columns: readonly string[]
  /** How far each edge has been consumed, by parent. */
  readonly edges: { readonly [parent: NodeId]: string | null }
}
