import { decidePlan } from '@strata/compiler'
import type { Database, Plan } from '@strata/core'
import { readState } from '@strata/runner'

/** The plan with the intent and reason of each model and seed, as the state in the database has it now. Reads only. */
export async function readPlanState(database: Database, plan: Plan): Promise<Plan> {
  return decidePlan(plan, await readState(database, plan))
}
