import type { Materialize, ModelStep, Publication, StepFacts } from '@strata/core'
import { keepPromises } from './contract/keep-promises.ts'
import { underContract } from './contract/under-contract.ts'
import { incremental } from './incremental/incremental.ts'
import { materializedView } from './materialized-view.ts'
import { table } from './table.ts'
import { view } from './view.ts'

/** The statements that publish one model, from its step and the facts read under its lock. Pure. */
export const materialize: Materialize = (step, facts) =>
  underContract(step, (contracted) => keepPromises(contracted, facts, publish(contracted, facts)))

function publish(step: ModelStep, facts: StepFacts): Publication {
  switch (step.config.materialized) {
    case 'view':
      return view(step, facts)
    case 'table':
      return table(step, facts)
    case 'incremental':
      return incremental(step, facts)
    case 'materialized_view':
      return materializedView(step, facts)
    case 'ephemeral':
      throw new Error(`an ephemeral model cannot be a step: ${step.id}`)
  }
}
