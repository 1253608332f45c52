import type { Connector, Job } from './job.ts'
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
 * increment, rebuild the whole, land a job, check a test, or skip. The facts read under the lock decide.
 */
export type Intent = 'land' | 'build' | 'increment' | 'rebuild' | 'replace' | 'test' | 'skip'

interface StepBase {
  readonly id: NodeId
  /** For people: `silver.patients`, `clinical_conductor.patients`. */
  readonly name: string
  /** Steps of this plan that must end first, found through nodes that are not steps (sources, ephemeral models). */
  readonly parents: readonly NodeId[]
  readonly intent: Intent
  /** Why that intent, in a few words. */
  readonly reason: string
}

export interface JobStep extends StepBase {
  readonly kind: 'job'
  readonly job: Job
  readonly connector: Connector
}

export interface ModelStep extends StepBase {
  readonly kind: 'model'
  readonly relation: RelationName
  readonly config: ModelConfig
  readonly select: CompiledSelect
  /** The template asks the database: `select` and `fingerprint` are made at the step. */
  readonly late: boolean
  readonly increments: readonly IncrementEdge[]
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Hash of all that decides what the relation holds: the compiled SQL and the configuration. */
  readonly fingerprint: string
  readonly fullRefresh: boolean
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
}
