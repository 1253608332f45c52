import type { Emit } from './event.ts'
import type { NodeId } from './node.ts'
import type { Intent, Step, StepKind } from './plan.ts'
import type { BatchResults, Counts, Failure } from './result.ts'
import type { Target } from './target.ts'

/** The wall clock, injected. */
export type Clock = () => Date

export interface StepContext {
  readonly runId: string
  readonly target: Target
  readonly emit: Emit
  /** Fires when the run is cancelled. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The steps that are carried out together with this one; absent: none. */
  readonly companions?: readonly Step[]
}

/** What an executor reports of a step that did not throw. */
export interface StepOutcome {
  readonly status: 'success' | 'warned' | 'failed'
  readonly action: Intent | 'none'
  readonly message: string
  readonly counts: Counts
  /** Only a part was done: children run, marked stale because of this step. */
  readonly partial?: boolean
  /** Why it failed; absent: the message says it. */
  readonly failure?: Failure
  readonly batches?: BatchResults
  /** How the companions ended, by id; one that is not there ends as this step would leave its children. */
  readonly companions?: CompanionOutcomes
}

export type CompanionOutcomes = { readonly [id: NodeId]: CompanionOutcome }

export interface CompanionOutcome extends StepOutcome {
  readonly startedAt: Date
  readonly finishedAt: Date
}

/** Does the work of one kind of step. A thrown `StrataError` fails the step; anything else is our bug. */
export type StepExecutor<S extends Step = Step> = (step: S, context: StepContext) => Promise<StepOutcome>

export type Executors = { readonly [K in StepKind]?: StepExecutor<Extract<Step, { kind: K }>> }
