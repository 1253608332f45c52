import { type ModelStep, type PublishAction, quoteRelation } from '@strata/core'
import { stageOf } from '../incremental/merge-increment.ts'
import { explainViolation } from './constraints.ts'

/** What is written from the stage to a table with constraints: a violation is told with keys of the stage. */
export function explainWrites(step: ModelStep, actions: readonly PublishAction[]): readonly PublishAction[] {
  if ((step.contract?.constraints ?? []).length === 0) return actions
  const target = quoteRelation(step.relation)
  const violated = explainViolation(step, stageOf(step))
  const explained = (action: PublishAction): PublishAction => {
    if (action.kind === 'ask') {
      const { proceed } = action
      return {
        ...action,
        proceed: (rows) => {
          const continuation = proceed(rows)
          return { ...continuation, actions: continuation.actions.map(explained) }
        },
      }
    }
    const writes =
      action.kind === 'execute' &&
      (action.sql.startsWith(`insert into ${target} `) || action.sql.startsWith(`update ${target} `))
    return writes && action.violated === undefined ? { ...action, violated } : action
  }
  return actions.map(explained)
}
