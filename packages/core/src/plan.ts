import type { Connector, Job } from './job.ts'
import type { Json } from './json.ts'
import type {
  CompiledSelect,
  DataTestConfig,
  Hook,
  IncrementEdge,
  ModelConfig,
  NodeId,
  SeedConfig,
} from './node.ts'
import type { RelationName } from './relation.ts'
import type { Target } from './target.ts'

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
  /** Exactly the batches that this span touches, done or not; ISO 8601, UTC. `to` null: up to now. */
  readonly only?: { readonly from: string; readonly to: string | null }
}

export interface ModelStep extends StepBase {
  readonly kind: 'model'
  readonly relation: RelationName
  readonly config: ModelConfig
  readonly select: CompiledSelect
  /** The template asks the database: `select` and `fingerprint` are made at the step. */
  readonly late: boolean
  readonly increments: readonly IncrementEdge[]
  /** Absent: it is not built in batches. */
  readonly batches?: BatchSettings
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Hash of all that decides what the relation holds: the compiled SQL and the configuration. */
  readonly fingerprint: string
  /** Of a late model whose SQL is known by now: `fingerprint` as the plan had it. */
  readonly plannedFingerprint?: string
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
  /** Hash of the file and of the configuration that decides what the table holds. */
  readonly fingerprint: string
  readonly fullRefresh: boolean
  readonly description: string
  readonly columnDescriptions: { readonly [column: string]: string }
}

export interface DataTestStep extends StepBase {
  readonly kind: 'data_test'
  readonly select: CompiledSelect
  readonly late: boolean
  readonly config: DataTestConfig
}

export type Step = JobStep | SeedStep | ModelStep | DataTestStep
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
  /** How far each edge has been consumed, by parent. */
  readonly edges: { readonly [parent: NodeId]: string | null }
}
