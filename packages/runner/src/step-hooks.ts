import {
  type Answer,
  type Hook,
  type NodeId,
  type Queryable,
  type Question,
  type Step,
  StrataError,
} from '@strata/core'

/** Answers what a template asks. */
export type Ask = (question: Question) => Promise<Answer>

export type RenderHook = (id: NodeId, template: string, ask: Ask) => Promise<string>

/** Asks on a session: what was written before in its transaction is seen. */
export function askOn(queryable: Queryable): Ask {
  return async ({ sql }) => {
    const { rows, rowCount, fields } = await queryable.query({ text: sql, script: true })
    return {
      columns: fields,
      rows: rows.map((row) => fields.map((field) => row[field.name])),
      rowCount,
    }
  }
}

/** Runs hooks one after the other. */
export async function runHooks(
  queryable: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hooks: readonly Hook[],
  renderHook: RenderHook | undefined,
): Promise<void> {
  for (const hook of hooks) {
    const sql = hook.sql ?? (await render(queryable, step, hook, renderHook))
    if (sql.trim() !== '') await queryable.query({ text: sql, script: true })
  }
}

async function render(
  queryable: Queryable,
  step: Pick<Step, 'id' | 'name'>,
  hook: Hook,
  renderHook: RenderHook | undefined,
): Promise<string> {
  if (renderHook !== undefined) return renderHook(step.id, hook.template, askOn(queryable))
  throw new StrataError({
    code: 'LATE_HOOK',
    message: `a hook of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
