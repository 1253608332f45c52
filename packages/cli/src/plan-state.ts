import { decideIntent } from '@strata/compiler'
import { type Database, deepFreeze, type Plan } from '@strata/core'
import { readState } from '@strata/runner'

/** The plan with each model's intent and reason, as the state in the database has it now. Reads only. */
export async function readPlanState(database: Database, plan: Plan): Promise<Plan> {
  const stateOf = await readState(database, plan)
  return deepFreeze({
    ...plan,
    steps: plan.steps.map((step) =>
      step.kind === 'model' ? { ...step, ...decideIntent(step, stateOf(step)) } : step,
    ),
  })
}
