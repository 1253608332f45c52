import { createHash } from 'node:crypto'
import { decideIntent, type LateRenderer, wholeSelect } from '@strata/compiler'
import type { CompiledSelect, DataTestStep, ModelStep, NodeId, SnapshotStep, StepFacts } from '@strata/core'
import type { Ask, Instead } from '@strata/runner'

/** What executors need to finish templates that ask the database. */
export interface LateTemplates {
  model(step: ModelStep, facts: StepFacts, ask: Ask): Promise<ModelStep>
  test(step: DataTestStep, ask: Ask, instead?: Instead): Promise<CompiledSelect>
  snapshot(step: SnapshotStep, ask: Ask): Promise<CompiledSelect>
  hook(id: NodeId, template: string, isIncremental: boolean, ask: Ask): Promise<string>
  /** Whether the step takes an increment, as its facts have it. */
  isIncremental(step: ModelStep, facts: StepFacts): boolean
}

export function lateTemplates(renderer: LateRenderer): LateTemplates {
  return {
    async model(step, facts, ask) {
      const { window } = facts
      const batch =
        step.batches === undefined || window === undefined
          ? undefined
          : { ...window, size: step.batches.size }
      // All batches at once are read as one of them is.
      const isIncremental = batch !== undefined || decideIntent(step, facts).intent === 'increment'
      const rendered = await renderer.select(step.id, isIncremental, ask, batch)
      const { increment } = rendered
      // A contract asks for its columns, and rows that left for what is left: of the whole.
      const select =
        increment === null ? rendered : { ...rendered, full: wholeSelect(increment, step.increments) }
      if (step.config.materialized === 'incremental') return { ...step, select, late: false }
      // What a view or table holds is known only now.
      const fingerprint = createHash('md5').update(`${step.fingerprint} ${select.full}`).digest('hex')
      return { ...step, select, fingerprint, plannedFingerprint: step.fingerprint, late: false }
    },
    test: (step, ask, instead) => renderer.select(step.id, false, ask, undefined, instead),
    snapshot: (step, ask) => renderer.select(step.id, false, ask),
    hook: (id, template, isIncremental, ask) => renderer.hook(id, template, isIncremental, ask),
    isIncremental: (step, facts) => decideIntent(step, facts).intent === 'increment',
  }
}
