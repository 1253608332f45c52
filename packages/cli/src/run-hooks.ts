import {
  type Json,
  manifestEntry,
  type Plan,
  type RunHook,
  type RunResult,
  type StepResult,
  StrataError,
  toRunResults,
} from '@strata/core'
import { askOn, ensureSchema, stateKey } from '@strata/runner'
import type { DatabaseConnection } from './database-connection.ts'
import type { Workspace } from './workspace.ts'

/**
 * The SQL that the project wants before and after every run. Each hook is a transaction of its own. Throws `StrataError` that
 * names the hook.
 */
export interface RunHooks {
  start(plan: Plan): Promise<void>
  end(plan: Plan, result: RunResult): Promise<void>
}

export function runHooksOf(
  workspace: Workspace,
  connection: DatabaseConnection,
  signal: AbortSignal,
): RunHooks {
  const { graph, late } = workspace.compilation
  const perform = async (
    key: string,
    hooks: readonly RunHook[],
    names: { readonly [name: string]: Json },
  ) => {
    for (const { packageName, template, location } of hooks) {
      await inHook(key, packageName, () =>
        connection.database.transaction(
          async (transaction) => {
            const sql = await late.runHook(packageName, template, names, askOn(transaction), location)
            if (sql !== '') await transaction.query({ text: sql, script: true })
          },
          { signal },
        ),
      )
    }
  }
  return {
    async start(plan) {
      if (plan.command === 'extract' || plan.steps.length === 0 || graph.onRunStart.length === 0) return
      // As in dbt the schemas are there before the first hook.
      const { target } = workspace
      const schemas = new Set(
        plan.steps.flatMap((step) => ('relation' in step ? [step.relation.schema] : [])),
      )
      for (const schema of schemas.add(`${target.prefix}${target.defaultSchema}`))
        await ensureSchema(connection.database, stateKey(target), schema)
      await perform('on-run-start', graph.onRunStart, schemasOf(plan, workspace))
    },
    async end(plan, result) {
      if (plan.command === 'extract' || plan.steps.length === 0 || graph.onRunEnd.length === 0) return
      await perform('on-run-end', graph.onRunEnd, {
        ...schemasOf(plan, workspace),
        results: resultsOf(workspace, result),
      })
    },
  }
}

function schemasOf(plan: Plan, workspace: Workspace): { readonly [name: string]: Json } {
  const schemas = new Set(plan.steps.flatMap((step) => ('relation' in step ? [step.relation.schema] : [])))
  const database = workspace.target.database
  return {
    schemas: [...schemas],
    database_schemas: [...schemas].map((schema) => [database, schema]),
  }
}

/** As `run_results.json` has them, each with its node. */
function resultsOf({ compilation, metadata }: Workspace, result: RunResult): Json {
  const nodes = new Map(compilation.graph.nodes.map((node) => [node.id, node]))
  const { results } = toRunResults(result, compilation.graph, metadata) as { results: readonly Json[] }
  return results.map((entry, index) => {
    const step: StepResult = result.results[index]!
    const node = nodes.get(step.id)
    return {
      ...(entry as { readonly [key: string]: Json }),
      node: node === undefined ? null : (manifestEntry(node) as { readonly [key: string]: Json }),
    }
  })
}

async function inHook(key: string, packageName: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof StrataError)) throw cause
    throw new StrataError({
      code: 'HOOK_FAILED',
      message: `a hook in ${key} of ${packageName} failed: ${cause.message} [${cause.code}]`,
      hint: cause.hint ?? 'Mend it in the project file, or remove it.',
      cause,
    })
  }
}
