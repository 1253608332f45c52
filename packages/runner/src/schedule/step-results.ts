import type { CompanionOutcomes, Step, StepOutcome, StepResult, StepStatus } from '@strata/core'
import { describeFailure, isCancellation } from './describe-failure.ts'

/** The result of a step that was never begun. */
export function notRun(
  step: Step,
  status: 'skipped' | 'cancelled',
  because: Pick<Step, 'id' | 'name'> | null,
): StepResult {
  return {
    id: step.id,
    kind: step.kind,
    name: step.name,
    status,
    action: 'none',
    message: because === null ? status : `because ${because.name} failed`,
    counts: {},
    startedAt: null,
    finishedAt: null,
    milliseconds: 0,
    failure: null,
    because: because === null ? null : because.id,
    staleBecause: [],
  }
}

/** How a step ended that was begun. */
export interface Ending {
  readonly companions?: CompanionOutcomes
  readonly partial: boolean
  readonly result: Pick<StepResult, 'action' | 'message' | 'counts' | 'failure' | 'batches'> & {
    readonly status: StepStatus
  }
}

export function describeOutcome(step: Step, outcome: StepOutcome): Ending {
  const { status, action, message, counts } = outcome
  const failed = outcome.failure ?? { code: `${step.kind.toUpperCase()}_FAILED`, message }
  const failure = status === 'failed' ? failed : null
  const { companions = {}, batches } = outcome
  return {
    partial: outcome.partial === true,
    companions,
    result: { status, action, message, counts, failure, ...(batches === undefined ? {} : { batches }) },
  }
}

export function describeThrown(error: unknown, aborted: boolean): Ending {
  const nothing = { action: 'none', counts: {} } as const
  if (aborted && isCancellation(error)) {
    return {
      partial: false,
      result: { ...nothing, status: 'cancelled', message: 'cancelled', failure: null },
    }
  }
  const failure = describeFailure(error)
  return { partial: false, result: { ...nothing, status: 'failed', message: failure.message, failure } }
}

/** What the host's executor reports of its companions; those that it never came to end as its children would. */
export function companionResults(
  host: Step,
  companions: readonly Step[],
  result: StepResult,
  outcomes: CompanionOutcomes,
): readonly StepResult[] {
  return companions.map((step) => {
    const outcome = outcomes[step.id]
    if (outcome === undefined) return unreached(step, host, result)
    const { startedAt, finishedAt } = outcome
    return {
      id: step.id,
      kind: step.kind,
      name: step.name,
      ...describeOutcome(step, outcome).result,
      startedAt: startedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      milliseconds: finishedAt.getTime() - startedAt.getTime(),
      because: null,
      staleBecause: result.staleBecause,
    }
  })
}

function unreached(step: Step, host: Step, result: StepResult): StepResult {
  if (result.status === 'cancelled') return notRun(step, 'cancelled', null)
  const skipped = notRun(step, 'skipped', host)
  const { message, because } = result
  return result.status === 'skipped' ? { ...skipped, message, because } : skipped
}
