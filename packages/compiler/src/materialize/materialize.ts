import type { Materialize } from '@strata/core'
import { incremental } from './incremental.ts'
import { table } from './table.ts'
import { view } from './view.ts'

/** The statements that publish one model, from its step and the facts read under its lock. Pure. */
export const materialize: Materialize = (step, facts) => {
  switch (step.config.materialized) {
    case 'view':
      return view(step, facts)
    case 'table':
      return table(step, facts)
    case 'incremental':
      return incremental(step, facts)
    case 'materialized_view':
    case 'ephemeral':
      // Ephemeral models are never steps; materialized views are refused by a diagnostic until they have a file here.
      throw new Error(`a ${step.config.materialized} model cannot be a step: ${step.id}`)
  }
}
