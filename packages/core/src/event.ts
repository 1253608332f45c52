import type { NodeId } from './node.ts'
import type { StepKind } from './plan.ts'
import type { Counts, RunResult, StepResult } from './result.ts'

/** Slices of a job over all of its instances: those tried, well or not, of all that are to be. */
export interface SliceProgress {
  readonly done: number
  readonly of: number
  /** In this run so far; 0: none yet. */
  readonly perSecond: number
  /** Null: nobody knows. */
  readonly secondsLeft: number | null
}

/** What happens during a run, as it happens. One place renders them; no event holds row values or secrets. */
export type Event =
  | {
      readonly kind: 'run_started'
      readonly runId: string
      readonly command: string
      readonly target: string
      readonly steps: number
      readonly at: string
    }
  | {
      readonly kind: 'step_started'
      readonly id: NodeId
      readonly stepKind: StepKind
      readonly name: string
      readonly at: string
    }
  | { readonly kind: 'step_waiting'; readonly id: NodeId; readonly name: string; readonly message: string }
  | {
      readonly kind: 'step_progress'
      readonly id: NodeId
      readonly counts: Counts
      readonly expected?: number
      /** Of a model that is built in batches: those that are done, well or not, of all that are to be done. */
      readonly batches?: { readonly done: number; readonly of: number }
      readonly slices?: SliceProgress
    }
  /** A step failed by no fault of its own and begins again. */
  | { readonly kind: 'step_retried'; readonly id: NodeId; readonly name: string; readonly message: string }
  /** How long the rest of the run will take, judging by past runs: at the start, then as steps end. */
  | { readonly kind: 'estimate'; readonly remainingMilliseconds: number }
  | { readonly kind: 'step_finished'; readonly result: StepResult }
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'run_finished'; readonly result: RunResult }

export type Emit = (event: Event) => void
