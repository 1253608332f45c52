import {
  deriveName,
  type MaterializeSeed,
  quoteIdentifier,
  quoteRelation,
  type SeedColumn,
  type SeedStep,
  type SeedTable,
  type StepFacts,
  type StepState,
} from '@strata/core'
import { takeOver } from './build/take-over.ts'
import type { Decision } from './decide-intent.ts'

/** What a seed's step does, given the state of its table. */
export function decideSeedIntent(step: SeedStep, state: StepState): Decision {
  const rebuild = (reason: string): Decision => ({ intent: 'rebuild', reason })
  if (state.relation === null) return { intent: 'build', reason: 'first build' }
  if (state.foreign)
    return { intent: 'skip', reason: 'refused: a relation of that name exists that Strata did not build' }
  if (state.relation.kind !== 'table') return rebuild(`was a ${state.relation.kind.replace('_', ' ')}`)
  if (step.fullRefresh) return rebuild('full refresh')
  if (state.fingerprint === null) return rebuild(state.doubt ?? 'no state of it is stored')
  if (state.fingerprint !== step.fingerprint) return rebuild('file or configuration changed')
  return { intent: 'skip', reason: 'unchanged' }
}

/** A seed is loaded whole, beside the table that readers see, and only when something about it changed. */
export const materializeSeed: MaterializeSeed = (step, facts) => {
  const { intent, reason } = decideSeedIntent(step, facts)
  if (intent === 'skip') return { action: 'none', reason, tableOf: null }
  return {
    action: intent === 'build' ? 'build' : 'rebuild',
    reason,
    tableOf: (columns) => seedTable(step, facts, columns),
  }
}

function seedTable(step: SeedStep, facts: StepFacts, columns: readonly SeedColumn[]): SeedTable {
  const { relation } = step
  const former = facts.relation
  const into =
    former === null ? relation : { schema: relation.schema, name: deriveName(relation.name, '__strata_new') }
  const target = quoteRelation(into)
  const list = columns.map(({ name, type }) => `  ${quoteIdentifier(name)} ${type}`).join(',\n')
  const shape = { key: [], tracksChanges: false }
  const { dress, publish, storage } = takeOver(step, former, into, 'table', shape, facts.contract)
  const verb = step.config['unlogged'] === true ? 'create unlogged table' : 'create table'
  return {
    into,
    create: [{ kind: 'execute', sql: `${verb} ${target} (\n${list}\n)${storage}` }],
    publish: [...dress, { kind: 'execute', sql: `analyze ${target}` }, ...publish],
  }
}
