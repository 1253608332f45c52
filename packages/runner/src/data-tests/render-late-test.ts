import { type CompiledSelect, type DataTestStep, StrataError } from '@strata/core'
import type { Ask } from '../step-hooks.ts'

/** The SQL of a late test. Throws `LATE_TEST` where there is nothing to render it with. */
export function renderLateTest(
  options: { readonly renderLate?: (step: DataTestStep, ask: Ask) => Promise<CompiledSelect> },
  step: DataTestStep,
  ask: Ask,
): Promise<CompiledSelect> {
  if (options.renderLate !== undefined) return options.renderLate(step, ask)
  throw new StrataError({
    code: 'LATE_TEST',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
