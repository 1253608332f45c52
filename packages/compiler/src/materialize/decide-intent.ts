import { displayRelation, type ModelStep, type RelationKind, type StepState } from '@strata/core'
import { enforcedKey } from './incremental/incremental-strategy.ts'

export interface Decision {
  readonly intent: 'build' | 'rebuild' | 'alter' | 'increment' | 'replace' | 'skip'
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
    case 'materialized_view':
      return { intent: 'rebuild', reason: whyAnew(step, state, state.relation) ?? 'refresh' }
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
  if (step.batches?.only !== undefined) return { intent: 'increment', reason: 'batches that were asked for' }
  if (step.fullRefresh) return rebuild('full refresh')
  if (state.fingerprint === null) return rebuild(state.doubt ?? 'no state of it is stored')
  const changed = state.fingerprint !== step.fingerprint
  // With a key the table can be compared with what the SELECT yields, and its children go on from where they were.
  const anew = (reason: string): Decision => ({
    intent: enforcedKey(step).length > 0 ? 'alter' : 'rebuild',
    reason,
  })
  // What it was built from may be gone: in a project of dbt's, as there, only a full refresh rebuilds.
  const keeps = step.config['full_refresh'] === false || step.config['on_change'] === 'keep'
  if (changed && !keeps) return anew(begunRecording(step, state) ?? 'SQL or configuration changed')
  const doubtful = state.edges.find((edge) => edge.from === null)
  if (doubtful !== undefined) {
    const doubt = doubtful.doubt ?? 'a source was never read'
    // Batch after batch is compared with the table, which can be resumed.
    return step.batches === undefined
      ? anew(doubt)
      : { intent: 'increment', reason: `all batches again, for ${doubt}` }
  }
  return {
    intent: 'increment',
    reason: `incremental${readings(step)}${unseen(step, state)}${changed ? '; its SQL changed, the rows that are there stay' : ''}`,
  }
}

/** That nothing is new about a table but that others read its changes from now on; null: that is not all. */
export function begunRecording(
  { recording }: ModelStep,
  { fingerprint }: Pick<StepState, 'fingerprint'>,
): string | null {
  if (recording === undefined || recording.fingerprintWithout !== fingerprint) return null
  const [first = 'another model', ...others] = recording.readers
  return `now records its changes, for ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`
}

/** Parents of which nobody keeps what their rows were: of somebody else, or with partitions. */
function unseen(step: ModelStep, { edges }: StepState): string {
  if (enforcedKey(step).length === 0) return ''
  return edges
    .filter(({ former, by }) => former === null && by === undefined)
    .map(({ relation }) => `; rows that leave ${displayRelation(relation)} are not seen`)
    .join('')
}

/** How edges are read that are not read by snapshot: `, erp.orders by updated_at or created_at`. */
function readings({ increments }: ModelStep): string {
  return increments
    .flatMap(({ relation, by }) => {
      if (by === undefined) return []
      const how = by.kind === 'xmin' ? 'xmin' : by.columns.join(` ${by.logic} `)
      return [`, ${displayRelation(relation)} by ${how}`]
    })
    .join('')
}

/** Why the definition of a materialized view is not what it should be; null: it only needs a refresh. */
export function whyAnew(
  step: ModelStep,
  state: Omit<StepState, 'relation'>,
  relation: NonNullable<StepState['relation']>,
): string | null {
  const former = formerKind(relation.kind, 'materialized_view')
  if (former !== null) return former
  if (step.fullRefresh) return 'full refresh'
  if (step.late) return 'its template asks the database'
  if (state.fingerprint === null) return state.doubt ?? 'no state of it is stored'
  if (state.fingerprint !== step.fingerprint) return 'SQL or configuration changed'
  return state.definitionHash === relation.definitionHash ? null : 'its definition was altered'
}

function formerKind(is: RelationKind, becomes: RelationKind): string | null {
  return is === becomes ? null : `was a ${is.replace('_', ' ')}`
}
