import {
  type Answer,
  DatabaseError,
  type Hook,
  type NodeId,
  type Queryable,
  type Question,
  type Step,
  StrataError,
} from '@strata/core'

/** Answers what a template asks. */
export type Ask = (question: Question) => Promise<Answer>

/** `isIncremental`: whether the step takes an increment. */
export type RenderHook = (id: NodeId, template: string, isIncremental: boolean, ask: Ask) => Promise<string>

/** Asks on a session: what was written before in its transaction is seen. */
export function askOn(queryable: Queryable): Ask {
  return async ({ sql }) => {
    const { rows, rowCount, fields } = await queryable.query<readonly unknown[]>({
      text: sql,
      script: true,
      rowsAsArrays: true,
    })
    return { columns: fields, rows, rowCount }
  }
}

export interface HookContext {
  readonly renderHook: RenderHook | undefined
  readonly isIncremental: boolean
}

/** Runs hooks one after the other, outside of any transaction. */
export async function runHooks(
  queryable: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hooks: readonly Hook[],
  context: HookContext,
): Promise<void> {
  for (const hook of hooks) {
    const sql = hook.sql ?? (await render(queryable, step, hook, context))
    if (sql.trim() !== '') await saying(() => queryable.query({ text: sql, script: true }))
  }
}

/** An error of a hook says that it is one: the SELECT of the model is not at fault. */
async function saying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === 'CANCELLED') throw error
    throw new DatabaseError({ ...error, message: `in a hook: ${error.message}`, cause: error })
  }
}

/**
 * Runs hooks in the transaction of their step. Throws `TRANSACTION_ENDED` when one of them commits or rolls back: what comes
 * after it would stand outside of the lock, and could no longer be undone.
 */
export async function runHooksInside(
  transaction: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hooks: readonly Hook[],
  context: HookContext,
): Promise<void> {
  if (hooks.length === 0) return
  await stayingInside(transaction, step, 'a hook', () => runHooks(transaction, step, hooks, context))
}

/** Does what runs SQL of a project inside a step's transaction, and looks whether the transaction is still the same one. */
export async function stayingInside<T>(
  transaction: Queryable,
  step: Pick<Step, 'name'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  // Set for this transaction alone: it is gone with it.
  await transaction.query({ text: `select set_config('strata.inside', $1, true)`, values: [step.name] })
  const result = await work()
  const { rows } = await transaction.query<{ inside: string | null }>(
    `select nullif(current_setting('strata.inside', true), '') as inside`,
  )
  if (rows[0]!.inside === step.name) return result
  throw new StrataError({
    code: 'TRANSACTION_ENDED',
    message: `${what} of ${step.name} ended the transaction of the step`,
    hint: 'Leave COMMIT and ROLLBACK out of it; a hook may stand outside of the transaction: {sql: …, transaction: false}.',
  })
}

/** A hook before the step has committed: what the hooks did is safe, and the step begins anew behind them, with its lock. */
export class HooksCommitted extends Error {}

/**
 * Runs the hooks before a step. One of them may commit, as packages do that know dbt. Throws `HooksCommitted` when one
 * did, and `TRANSACTION_ENDED` when one rolled back.
 */
export async function runPreHooks(
  transaction: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hooks: readonly Hook[],
  context: HookContext,
): Promise<void> {
  if (hooks.length === 0) return
  const { rows } = await transaction.query<{ xid: string }>('select pg_current_xact_id()::text as xid')
  try {
    await runHooksInside(transaction, step, hooks, context)
  } catch (error) {
    if (await wasCommitted(transaction, rows[0]!.xid, error)) throw new HooksCommitted()
    throw error
  }
}

/**
 * Runs the hooks behind a step. One of them may commit, as packages do that know dbt: what was published is then safe, and
 * what comes after stands outside of the transaction. Resolves with whether one did. Throws `TRANSACTION_ENDED` when it
 * was rolled back.
 */
export async function runPostHooks(
  transaction: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hooks: readonly Hook[],
  context: HookContext,
): Promise<boolean> {
  if (hooks.length === 0) return false
  const { rows } = await transaction.query<{ xid: string | null }>(
    'select pg_current_xact_id_if_assigned()::text as xid',
  )
  try {
    await runHooksInside(transaction, step, hooks, context)
    return false
  } catch (error) {
    if (!(await wasCommitted(transaction, rows[0]!.xid, error))) throw error
    return true
  }
}

/** Whether the transaction was ended, and not by a rollback. */
async function wasCommitted(transaction: Queryable, xid: string | null, error: unknown): Promise<boolean> {
  if (!(error instanceof StrataError) || error.code !== 'TRANSACTION_ENDED' || xid === null) return false
  const { rows } = await transaction.query<{ status: string | null }>({
    text: 'select pg_xact_status($1::text::xid8) as status',
    values: [xid],
  })
  return rows[0]!.status === 'committed'
}

async function render(
  queryable: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hook: Hook,
  { renderHook, isIncremental }: HookContext,
): Promise<string> {
  if (renderHook !== undefined) return renderHook(step.id, hook.template, isIncremental, askOn(queryable))
  throw new StrataError({
    code: 'LATE_HOOK',
    message: `a hook of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
