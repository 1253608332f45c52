import type { ModelStep, RelationKind, StepState } from '@strata/core'

export interface Decision {
  readonly intent: 'build' | 'rebuild' | 'increment' | 'replace' | 'skip'
  /** In a few words: `first build`, `SQL or configuration changed`. */
  readonly reason: string
}

/** What a model's step does, given the state of its relation: told by `models plan`, carried out by `materialize`. */
export function decideIntent(step: ModelStep, state: StepState): Decision {
  if (state.relation === null) return { intent: 'build', reason: 'first build' }
  if (state.foreign)
    return { intent: 'skip', reason: 'refused: a relation of that name exists that Strata did not build' }
  switch (step.config.materialized) {
    case 'view':
      return decideView(step, state, state.relation)
    case 'incremental':
      return decideIncremental(step, state, state.relation)
    default:
      return { intent: 'rebuild', reason: formerKind(state.relation.kind, 'table') ?? 'full table' }
  }
}

function decideView(
  step: ModelStep,
  state: StepState,
  relation: NonNullable<StepState['relation']>,
): Decision {
  const replace = (reason: string): Decision => ({ intent: 'replace', reason })
  const former = formerKind(relation.kind, 'view')
  if (former !== null) return replace(former)
  if (step.fullRefresh) return replace('full refresh')
  if (step.late) return replace('its template asks the database')
  if (state.fingerprint === null) return replace(state.doubt ?? 'no state of it is stored')
  if (state.fingerprint !== step.fingerprint) return replace('SQL or configuration changed')
  if (state.definitionHash !== relation.definitionHash) return replace('its definition was altered')
  return { intent: 'skip', reason: 'unchanged' }
}

function decideIncremental(
  step: ModelStep,
  state: StepState,
  relation: NonNullable<StepState['relation']>,
): Decision {
  const rebuild = (reason: string): Decision => ({ intent: 'rebuild', reason })
  const former = formerKind(relation.kind, 'table')
  if (former !== null) return rebuild(former)
  if (step.fullRefresh) return rebuild('full refresh')
  if (state.fingerprint === null) return rebuild(state.doubt ?? 'no state of it is stored')
  const changed = state.fingerprint !== step.fingerprint
  // What it was built from may be gone: in a project of dbt's, as there, only a full refresh rebuilds.
  const keeps = step.config['full_refresh'] === false || step.config['on_change'] === 'keep'
  if (changed && !keeps) return rebuild('SQL or configuration changed')
  const doubtful = state.edges.find((edge) => edge.from === null)
  if (doubtful !== undefined) return rebuild(doubtful.doubt ?? 'a source was never read')
  return {
    intent: 'increment',
    reason: changed ? 'incremental; its SQL changed, the rows that are there stay' : 'incremental',
  }
}

function formerKind(is: RelationKind, becomes: RelationKind): string | null {
  return is === becomes ? null : `was a ${is.replace('_', ' ')}`
}
