import {
  deriveName,
  type Exchange,
  type ModelStep,
  type Publication,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type RelationFacts,
  type RelationName,
  type StepFacts,
} from '@strata/core'
import { assertUnbound } from './build/bound-objects.ts'
import { gateOn } from './build/gate-on.ts'
import { selectsStar } from './build/selects-star.ts'
import { takePlace } from './build/take-place.ts'
import { decideIntent } from './decide-intent.ts'
import { type ColumnChange, columnChanges, compareColumns } from './incremental/schema-change.ts'
import { carriedComments, commentActions } from './options/comments.ts'
import { grantActions } from './options/grants.ts'
import { readsAsInvoker } from './options/invoker-views.ts'

/** Columns dropped, renamed, reordered or of another type: what CREATE OR REPLACE VIEW refuses. */
const columnsDiffer = '42P16'

/** A view is left alone while nothing about it changed, replaced where its columns allow, and exchanged otherwise. */
export function view(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  const select = step.select.full
  const { relation } = facts
  if (intent === 'skip') return leftAlone(step, reason, relation)
  if (relation === null) {
    const create = { kind: 'execute', sql: createView(step, 'create view', []), select } as const
    return { action: 'build', reason, actions: [create, ...dressUp(step, null)] }
  }
  if (relation.kind !== 'view') assertUnbound(step, relation)
  const exchange = relation.kind === 'view' ? replaceInPlace(step, relation) : createAnew(step, relation)
  return {
    action: 'replace',
    reason,
    actions: [...gateBeside(step), { kind: 'exchange', ...exchange }, ...dressUp(step, relation)],
  }
}

/** Its grants and comments have no part in its definition; what its stars yield may have changed without it. */
function leftAlone(step: ModelStep, reason: string, relation: RelationFacts | null): Publication {
  if (relation?.kind !== 'view') return { action: 'none', reason, actions: [] }
  const dressing = [...withRights(step, relation), ...dressUp(step, relation)]
  const actions = [...(selectsStar(step.select.full) ? followStars(step, relation) : []), ...dressing]
  if (dressing.length === 0) return { action: 'none', reason, actions }
  return { action: 'alter', reason: 'its grants or comments changed', actions }
}

/** Whoever alters them by hand may show rows that policies hide: they are put right whatever the tests say of the view. */
function withRights(step: ModelStep, { options }: RelationFacts): readonly PublishAction[] {
  const invoker = step.config['security_invoker']
  if (typeof invoker !== 'boolean' || invoker === (readsAsInvoker(options) ?? false)) return []
  const statements = [`alter view ${quoteRelation(step.relation)} set (security_invoker = ${invoker})`]
  const whose = invoker ? 'whoever reads it' : 'its owner'
  return [{ kind: 'alter_first', statements, said: `reads with the rights of ${whose} again` }]
}

/** Postgres writes out a star when the view is made: only the SELECT itself tells what it would yield now. */
function followStars(step: ModelStep, relation: RelationFacts): readonly PublishAction[] {
  const probe = probeOf(step)
  const { create, drop } = probeActions(step, probe)
  return [
    create,
    {
      kind: 'ask',
      sql: compareColumns(quoteRelation(probe), quoteRelation(step.relation), null),
      proceed: (rows) =>
        sameColumns(columnChanges(rows), relation)
          ? { actions: [drop] }
          : {
              action: 'replace',
              reason: 'its SELECT yields other columns',
              actions: [
                ...gateOn(step, probe),
                drop,
                { kind: 'exchange', ...replaceInPlace(step, relation) },
              ],
            },
    },
  ]
}

/** Replacing a view closes it until the end of the transaction: the tests look at another one of the same SELECT. */
function gateBeside(step: ModelStep): readonly PublishAction[] {
  if (step.gated !== true) return []
  const probe = probeOf(step)
  const { create, drop } = probeActions(step, probe)
  return [create, ...gateOn(step, probe), drop]
}

function probeOf(step: ModelStep): RelationName {
  // A test may look its columns up by its schema.
  const schema = step.gated === true ? step.relation.schema : 'pg_temp'
  return { schema, name: deriveName(step.relation.name, '__strata_probe') }
}

function probeActions(step: ModelStep, probe: RelationName) {
  const select = step.select.full
  const view =
    probe.schema === 'pg_temp' ? `temp view ${quoteIdentifier(probe.name)}` : `view ${quoteRelation(probe)}`
  return {
    create: { kind: 'execute', sql: `create ${view} as\n${select}`, select },
    drop: { kind: 'execute', sql: `drop view ${quoteRelation(probe)}` },
  } as const
}

/** The order counts as well. */
function sameColumns(changes: readonly ColumnChange[], { columns }: RelationFacts): boolean {
  return changes.every(({ name, had, gets }, place) => had === gets && columns[place]?.name === name)
}

function dressUp(step: ModelStep, former: RelationFacts | null): readonly PublishAction[] {
  return [
    ...grantActions(step, former?.grants ?? null),
    ...commentActions(step, 'view', carriedComments(former, former?.kind === 'view')),
  ]
}

function replaceInPlace(step: ModelStep, relation: RelationFacts): Exchange {
  return {
    name: step.relation,
    locks: [],
    statements: [createView(step, 'create or replace view', relation.options)],
    select: step.select.full,
    repoint: [],
    carryOver: [],
    former: null,
    otherwise: { sqlstates: [columnsDiffer], exchange: createAnew(step, relation) },
  }
}

function createAnew(step: ModelStep, relation: RelationFacts): Exchange {
  const options = relation.kind === 'view' ? relation.options : []
  const create = createView(step, 'create view', options)
  return { ...takePlace(step.relation, relation, 'view', [create]), select: step.select.full }
}

/** The options are repeated always: CREATE OR REPLACE VIEW silently drops those that are not (security_barrier!). */
function createView(step: ModelStep, verb: string, options: readonly string[]): string {
  const invoker = step.config['security_invoker']
  const wanted =
    typeof invoker === 'boolean'
      ? [
          ...options.filter((option) => !option.startsWith('security_invoker=')),
          `security_invoker=${invoker}`,
        ]
      : options
  const withOptions = wanted.length === 0 ? '' : ` with (${wanted.join(', ')})`
  return `${verb} ${quoteRelation(step.relation)}${withOptions} as\n${step.select.full}`
}
