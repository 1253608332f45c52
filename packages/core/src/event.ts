import type { NodeId } from './node.ts'
import type { StepKind } from './plan.ts'
import type { Counts, RunResult, StepResult } from './result.ts'

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
    }
  | { readonly kind: 'step_finished'; readonly result: StepResult }
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'run_finished'; readonly result: RunResult }

export type Emit = (event: Event) => void
