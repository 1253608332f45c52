import { setTimeout as delay } from 'node:timers/promises'
import {
  type Counts,
  type Database,
  DatabaseError,
  type Hook,
  type Materialize,
  type ModelStep,
  type Publication,
  type Queryable,
  type RelationFacts,
  type RelationName,
  type Session,
  type Step,
  type StepContext,
  type StepExecutor,
  type StepFacts,
  type StepOutcome,
  StrataError,
} from '@strata/core'
import { dropRetired } from './drop-retired.ts'
import { ensureSchema } from './ensure-schema.ts'
import { performActions } from './perform-actions.ts'
import { dependentsChanged, type ExchangeOptions } from './perform-exchange.ts'
import { lockRelation } from './relation-lock.ts'
import { sessionName } from './session-name.ts'
import { stateKey } from './state-key.ts'
import {
  type Ask,
  askOn,
  type RenderHook,
  runHooks,
  runHooksInside,
  runPostHooks,
  stayingInside,
} from './step-hooks.ts'
import { type RelationStep, readStoredStates, type StoredState } from './step-state.ts'
import { storeState, upsertRelation } from './store-state.ts'

/** What every executor that builds relations needs. */
export interface RelationExecutorOptions {
  readonly database: Database
  /** The catalog's facts of a relation; null when there is none. */
  readonly readFacts: (queryable: Queryable, relation: RelationName) => Promise<RelationFacts | null>
  /** The longest that readers wait for one try to replace a relation. Must be below deadlock_timeout. Default: 200. */
  readonly lockTimeoutMs?: number
  /** Renders a hook that asks the database. Must be there where a plan has such hooks. */
  readonly renderHook?: RenderHook
  /** How often a replacement is tried, some three times a second. Default: 400, about two minutes. */
  readonly exchangeTries?: number
}

export interface ModelExecutorOptions extends RelationExecutorOptions {
  readonly materialize: Materialize
  /** Renders the SQL of a late model, in the form that its facts ask for. Must be there where a plan has late models. */
  readonly renderLate?: (step: ModelStep, facts: StepFacts, ask: Ask) => Promise<ModelStep>
  /** Whether a step takes an increment, for hooks that ask. Default: it does not. */
  readonly isIncremental?: (step: ModelStep, facts: StepFacts) => boolean
}

/**
 * Publishes models: in one transaction the lock, the facts, the data and its watermarks. Throws `StrataError`:
 * `NOT_OURS` for a relation that Strata did not build, `DUPLICATE_KEYS`, `DEPENDENT_VIEW`, `RELATION_BUSY`, and what
 * Postgres says of the SQL.
 */
export function createModelExecutor(options: ModelExecutorOptions): StepExecutor<ModelStep> {
  return createRelationExecutor<ModelStep>(options, (transaction, step, context) =>
    publish(transaction, options, step, context),
  )
}

/** Gives each step its schema and one transaction, which begins anew when the facts did not hold to its end. */
export function createRelationExecutor<S extends Step & RelationStep>(
  options: RelationExecutorOptions,
  publishStep: (transaction: Session, step: S, context: StepContext) => Promise<Published>,
): StepExecutor<S> {
  const { database } = options
  const schemas = new Map<string, Promise<void>>()

  function ensureSchemaOnce(key: string, schema: string): Promise<void> {
    const name = `${key} ${schema}`
    const known = schemas.get(name)
    if (known !== undefined) return known
    const creation = ensureSchema(database, key, schema)
    schemas.set(name, creation)
    creation.catch(() => schemas.delete(name))
    return creation
  }

  return async (step, context) => {
    const key = stateKey(context.target)
    await ensureSchemaOnce(key, step.relation.schema)
    const { preHooks = [], postHooks = [] } = step
    await runOutside(options, step, preHooks, context, false)
    const published = await publishWithRetry(database, step, context, async (transaction) => {
      const done = await publishStep(transaction, step, context)
      const isIncremental = done.outcome.action === 'increment'
      const { renderHook } = options
      await runPostHooks(transaction, step, insideOnly(postHooks), { renderHook, isIncremental })
      return done
    })
    await runOutside(options, step, postHooks, context, published.outcome.action === 'increment')
    if (published.hasRetired) await dropRetired(database, key)
    return published.outcome
  }
}

function insideOnly(hooks: readonly Hook[]): readonly Hook[] {
  return hooks.filter((hook) => hook.transaction)
}

/** Hooks that ask to stand outside of the transaction: before its begin, after its commit. */
async function runOutside(
  options: RelationExecutorOptions,
  step: RelationStep,
  hooks: readonly Hook[],
  context: StepContext,
  isIncremental: boolean,
): Promise<void> {
  const outside = hooks.filter((hook) => !hook.transaction)
  if (outside.length === 0) return
  const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
  await options.database.session(
    (open) => runHooks(open, step, outside, { renderHook: options.renderHook, isIncremental }),
    session,
  )
}

export interface Published {
  readonly outcome: StepOutcome
  readonly hasRetired: boolean
}

async function publishWithRetry(
  database: Database,
  step: RelationStep,
  context: StepContext,
  publishOnce: (transaction: Session) => Promise<Published>,
): Promise<Published> {
  const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
  for (let tries = 1; ; tries++) {
    try {
      return await database.transaction(publishOnce, session)
    } catch (error) {
      const passing = error instanceof StrataError && error.code === dependentsChanged
      if (!passing || tries >= 3) throw error
    }
  }
}

async function publish(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  context: StepContext,
): Promise<Published> {
  const { facts, state } = await lockAndReadFacts(
    transaction,
    options,
    step,
    context,
    (known) => options.isIncremental?.(step, known) ?? false,
  )
  const ready = step.late ? await renderLateStep(transaction, options, step, facts) : step
  const publication = options.materialize(ready, facts)
  const { action, reason } = publication
  if (action === 'none') {
    return {
      outcome: { status: 'success', action, message: reason, counts: {} },
      hasRetired: state.hasRetired,
    }
  }
  const { counts, leftBehind } = await performActions(
    transaction,
    publication.actions,
    exchangeOptions(transaction, options, step, context),
  )
  await storeState(transaction, ready, context, facts, publication)
  return {
    outcome: {
      status: 'success',
      action,
      message: messageOf(reason, leftBehind),
      counts: withUnchanged(action, counts),
    },
    hasRetired: state.hasRetired,
  }
}

function renderLateStep(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  facts: StepFacts,
): Promise<ModelStep> {
  const { renderLate } = options
  if (renderLate !== undefined) {
    return stayingInside(transaction, step, 'the template', () => renderLate(step, facts, askOn(transaction)))
  }
  throw new StrataError({
    code: 'LATE_MODEL',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}

/**
 * In this order: the lock is held, the snapshot is the bound of every increment, then whatever it bounds is read. Throws
 * `NOT_OURS`.
 */
export async function lockAndReadFacts(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  isIncremental: (facts: StepFacts) => boolean = () => false,
): Promise<{ readonly facts: StepFacts; readonly state: StoredState }> {
  await lockRelation(transaction, step, context)
  const hooks = insideOnly(step.preHooks ?? [])
  if (hooks.length > 0) {
    // Hooks may ask what the step is about to do, and may change what it finds.
    const { facts } = await readFacts(transaction, options, step, context)
    const hookContext = { renderHook: options.renderHook, isIncremental: isIncremental(facts) }
    await runHooksInside(transaction, step, hooks, hookContext)
  }
  return readFacts(transaction, options, step, context)
}

async function readFacts(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
): Promise<{ readonly facts: StepFacts; readonly state: StoredState }> {
  // A temporary copy has its parent's name; only where it is asked for may it stand in for the parent.
  const { rows } = await transaction.query<{ snapshot: string }>(
    `select pg_current_snapshot()::text as snapshot,
  set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), 'pg_temp'), true)`,
  )
  const states = await readStoredStates(transaction, stateKey(context.target), [step])
  const state = states.get(step.id)!
  if (state.foreign) throw notOurs(step, state)
  const relation = state.oid === null ? null : await readRelation(transaction, options, step.relation)
  return { facts: { ...state, relation, snapshot: rows[0]!.snapshot }, state }
}

/**
 * Reading the definition of a view locks every table that it reads, and steps that hold such locks to their end would keep
 * each other from exchanging those tables: the savepoint gives them back. A view that another step replaces at this
 * moment cannot be read (XX000); a moment later it can.
 */
async function readRelation(
  transaction: Session,
  options: RelationExecutorOptions,
  relation: RelationName,
): Promise<RelationFacts | null> {
  for (let tries = 1; ; tries++) {
    await transaction.query('savepoint strata_facts')
    try {
      return await options.readFacts(transaction, relation)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== 'XX000' || tries >= 20) throw error
      await delay(20 + Math.random() * 60)
    } finally {
      await transaction.query('rollback to savepoint strata_facts')
      await transaction.query('release savepoint strata_facts')
    }
  }
}

export function exchangeOptions(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
): ExchangeOptions {
  return {
    name: step.name,
    lockTimeoutMs: options.lockTimeoutMs ?? 200,
    tries: options.exchangeTries ?? 400,
    signal: context.signal,
    async isOurs(view) {
      const { rowCount } = await transaction.query({
        text: 'select from strata.relations where schema_name = $1 and relation_name = $2 and not retired',
        values: [view.schema, view.name],
      })
      return rowCount > 0
    },
    retire: (relation) =>
      upsertRelation(transaction, relation, { node: step.id, fingerprint: '', retired: true, context }),
  }
}

export function messageOf(reason: string, leftBehind: readonly string[]): string {
  if (leftBehind.length === 0) return reason
  const [those, stay] = leftBehind.length === 1 ? ['its own step', 'stays'] : ['their own steps', 'stay']
  return `${reason}; until ${those} ${leftBehind.join(', ')} ${stay} on the former relation`
}

function withUnchanged(action: Publication['action'], counts: Counts): Counts {
  if (action !== 'increment') return counts
  const { rows = 0, inserted = 0, changed = 0 } = counts
  return { ...counts, inserted, changed, unchanged: rows - inserted - changed }
}

function notOurs(step: RelationStep, state: StoredState): StrataError {
  const kind =
    state.relation?.kind === 'other' ? 'relation' : (state.relation?.kind ?? 'relation').replace('_', ' ')
  return new StrataError({
    code: 'NOT_OURS',
    message: `there is a ${kind} ${step.name} that Strata did not build`,
    hint: 'Strata never replaces what it does not own. Drop or rename that relation, or choose another name or schema.',
  })
}
