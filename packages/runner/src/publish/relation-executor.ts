import type {
  AfterStatement,
  Database,
  Hook,
  Queryable,
  RelationFacts,
  RelationName,
  Session,
  Step,
  StepContext,
  StepExecutor,
  StepFacts,
  StepOutcome,
} from '@strata/core'
import {
  type AskedTests,
  type AskTests,
  endClosed,
  type Gate,
  GateClosed,
  openGate,
  passBehind,
} from '../gate/gate.ts'
import { keepFormerRows, pruneFormerRows } from '../state/keep-former-rows.ts'
import { stateKey } from '../state/state-key.ts'
import type { RelationStep } from '../state/step-state.ts'
import { type RenderHook, runHooks, runPostHooks } from '../step-hooks.ts'
import { AlterFirst, alterFirst, alterInside } from './alter-first.ts'
import { dropRetired } from './drop-retired.ts'
import { ensureSchema } from './ensure-schema.ts'
import { alterationOptions } from './exchange-options.ts'
import { createForesight, type Foresight } from './foresight.ts'
import { hidingKeys } from './hiding-keys.ts'
import { createAftermath } from './perform-after.ts'
import { altering, keepingValues, publishWithRetry } from './publish-with-retry.ts'
import type { FactsFunction } from './read-step.ts'
import { sessionName } from './session-name.ts'

/** What a step that builds a relation is done in. */
export interface RelationContext extends StepContext {
  readonly gate: Gate
}

/** What every executor that builds relations needs. */
export interface RelationExecutorOptions {
  readonly database: Database
  /** The catalog's facts of a relation; null when there is none. */
  readonly readFacts: (
    queryable: Queryable,
    relation: RelationName,
    extent: 'whole' | 'surface',
  ) => Promise<RelationFacts | null>
  /** Makes the same facts readable as one value of any statement, once a database; null where that cannot be. */
  readonly prepareFacts?: (database: Database) => Promise<FactsFunction | null>
  /** What Strata did not build is left to the materialization to refuse. Default: it is refused. */
  readonly judgesForeign?: boolean
  /** The longest that readers wait for one try to replace a relation. Must be below deadlock_timeout. Default: 200. */
  readonly lockTimeoutMs?: number
  /** Renders a hook that asks the database. Must be there where a plan has such hooks. */
  readonly renderHook?: RenderHook
  /** Asks the tests that gate a step. Must be there where a plan has such tests. */
  readonly askTests?: AskTests
  /** How often a replacement is tried, some three times a second. Default: 400, about two minutes. */
  readonly exchangeTries?: number
}

/** What a step has come to that needs no transaction, given the facts; null: it does need one. */
export type Glance<S> = (step: S, facts: StepFacts) => StepOutcome | null

/** An executor that can do steps quicker when it is told beforehand which ones will come. */
export type ForeseeingExecutor<S extends Step> = StepExecutor<S> & Pick<Foresight<S>, 'expect'>

/** Gives each step its schema and one transaction, which begins anew when the facts did not hold to its end. */
export function createRelationExecutor<S extends Step & RelationStep>(
  options: RelationExecutorOptions,
  publishStep: (transaction: Session, step: S, context: RelationContext) => Promise<Published>,
  glance: Glance<S> = () => null,
  /** Whether to publish a step executes nothing that the project says, but for its hooks and tests. */
  executesNothing: (step: S) => boolean = () => false,
): ForeseeingExecutor<S> {
  const { database } = options
  const foresight = createForesight<S>(database, (step) => mayBeUntouched(step), glance)
  const schemas = new Map<string, Promise<void>>()
  const performAfter = createAftermath(database)

  function ensureSchemaOnce(key: string, schema: string): Promise<void> {
    const name = `${key} ${schema}`
    const known = schemas.get(name)
    if (known !== undefined) return known
    const creation = ensureSchema(database, key, schema)
    schemas.set(name, creation)
    creation.catch(() => schemas.delete(name))
    return creation
  }

  async function executeStep(step: S, context: StepContext): Promise<StepOutcome> {
    try {
      return await hidingKeys(step, () => execute(step, context))
    } catch (error) {
      if (error instanceof GateClosed) return endClosed(error, context)
      throw error
    }
  }
  return Object.assign(executeStep, { expect: foresight.expect })

  async function execute(step: S, context: StepContext): Promise<StepOutcome> {
    const key = stateKey(context.target)
    await ensureSchemaOnce(key, step.relation.schema)
    foresight.begin(step)
    const prepared = (await options.prepareFacts?.(database)) ?? null
    if (prepared !== null && mayBeUntouched(step, context.companions)) {
      const untouched = await foresight.glance(step, prepared, context)
      if (untouched?.hasRetired) await dropRetired(database, key)
      if (untouched !== null) return untouched.outcome
    }
    if (step.intent === 'skip') foresight.forget()
    const { preHooks = [], postHooks = [] } = step
    await runOutside(options, step, preHooks, context, false)
    const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
    await keepFormerRows(database, step, session)
    const altered: string[] = []
    const executesOnlyOurs = executesNothing(step) && hasNoOther(step, context)
    const transact = altering(options, step, { ...session, executesOnlyOurs }, context, altered)
    let ready = step
    let lost: AlterFirst | null = null
    const published = await publishWithRetry(transact, {
      async publishOnce(transaction) {
        const open = openGate(transaction, step, context, options.askTests)
        // What hooks do behind the publication is published with it: the tests see it, and nothing before.
        const gate = insideOnly(postHooks).length === 0 ? open : { ...open, ask: async () => {} }
        if (lost !== null)
          await alterInside(transaction, step.relation, lost, alterationOptions(options, step, context))
        const done = await publishStep(transaction, ready, { ...context, gate }).catch(keepingValues)
        if (done.further !== undefined) return done
        const isOver = await runHooksBehind(transaction, done)
        const asked = isOver ? await passBehind(transaction, gate) : await gate.pass()
        if (asked === null) return done
        return { ...done, asked, outcome: { ...done.outcome, companions: asked.outcomes } }
      },
      alterInside(alteration) {
        lost = alteration
        altered.push(alteration.said)
      },
      hooksAreDone() {
        ready = { ...step, preHooks: preHooks.filter((hook) => !hook.transaction) }
      },
    })
    const finished = saying(altered, await goOn(published))
    const { after = [] } = finished
    if (after.length > 0) {
      const alteration = alterationOptions(options, step, context)
      const alterBriefly = (sql: string) =>
        alterFirst(database, step.relation, new AlterFirst([sql], ''), alteration, session)
      await performAfter({ name: step.name, relation: step.relation, alterBriefly }, after, session)
    }
    if (finished.outcome.status !== 'failed')
      await runOutside(options, step, postHooks, context, finished.outcome.action === 'increment')
    await finished.asked?.storeFailures(context)
    if (finished.hasRetired) await dropRetired(database, key)
    await pruneFormerRows(database, finished.consumed ?? [])
    return finished.outcome

    function runHooksBehind(transaction: Session, { outcome }: Published): Promise<boolean> {
      const isIncremental = outcome.action === 'increment'
      const { renderHook } = options
      return runPostHooks(transaction, step, insideOnly(postHooks), { renderHook, isIncremental })
    }

    async function goOn(begun: Published): Promise<Published> {
      if (begun.further === undefined) return begun
      const whole = await begun.further(transact)
      if (whole.outcome.status !== 'failed' && insideOnly(postHooks).length > 0)
        await database.transaction(async (transaction) => {
          await runHooksBehind(transaction, whole)
        }, session)
      return whole
    }
  }
}

/** The plan found nothing to do, a moment ago, and nothing belongs to the step but its relation. */
function mayBeUntouched(step: Step & RelationStep, companions: readonly Step[] = []): boolean {
  const { intent, gated = false, preHooks = [], postHooks = [], increments = [] } = step
  const isAlone = [preHooks, postHooks, increments, companions].every(({ length }) => length === 0)
  return intent === 'skip' && isAlone && !gated
}

/** Neither hooks nor tests are in the transaction of the step. */
function hasNoOther(step: RelationStep, { companions = [] }: StepContext): boolean {
  const hooks = [...(step.preHooks ?? []), ...(step.postHooks ?? [])]
  return insideOnly(hooks).length === 0 && companions.length === 0
}

export function insideOnly(hooks: readonly Hook[]): readonly Hook[] {
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
  /** The tests that it has passed. */
  readonly asked?: AskedTests
  /** Oids of sources whose former rows were consumed. */
  readonly consumed?: readonly string[]
  /** Done when it is committed. */
  readonly after?: readonly AfterStatement[]
  /** What is left to be done in transactions of its own, before the hooks behind the step. */
  readonly further?: (
    transact: <T>(work: (transaction: Session) => Promise<T>) => Promise<T>,
  ) => Promise<Published>
}

function saying(altered: readonly string[], published: Published): Published {
  const { outcome } = published
  if (altered.length === 0) return published
  return { ...published, outcome: { ...outcome, message: [outcome.message, ...altered].join('; ') } }
}

export function messageOf(reason: string, leftBehind: readonly string[]): string {
  if (leftBehind.length === 0) return reason
  const [those, stay] = leftBehind.length === 1 ? ['its own step', 'stays'] : ['their own steps', 'stay']
  return `${reason}; until ${those} ${leftBehind.join(', ')} ${stay} on the former relation`
}
