import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { worldDifferences, worldOf } from '@strata/compiler'
import { ConfigurationError, type Database, deepFreeze, type Plan, type Target } from '@strata/core'
import { columnTypesThere, type RunSummary, readRuns, readState } from '@strata/runner'
import type { RunOptions } from './commands/run.ts'
import { connectDatabase } from './database-connection.ts'
import { deferReferences } from './defer.ts'
import { executePlan } from './execute-plan.ts'
import { exitCodes, type Invocation } from './invocation.ts'
import { nextCommands } from './next-commands.ts'
import { type ExecutionOptions, optionsOf } from './run-arguments.ts'
import { tellWarnings } from './tell-warnings.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

/**
 * Executes what `models plan --json` wrote, and nothing else. Throws `ConfigurationError`: `BAD_PLAN`, and `PLAN_OUTDATED` when
 * the project's files or the state of a relation are no longer what the plan was made on.
 */
export async function runSavedPlan(
  invocation: Invocation,
  options: RunOptions,
  file: string,
): Promise<number> {
  refuseSelection(options)
  const plan = readPlanFile(resolve(invocation.workingDirectory, file), file)
  const asked: ExecutionOptions = {
    ...optionsOf(plan.arguments ?? {}),
    ...ownOptions(options),
    target: plan.target.name,
  }
  const opened = await openWorkspace(invocation, asked, {
    command: plan.command,
    fullRefresh: asked.fullRefresh ?? false,
    keepsWarnings: true,
  })
  if (opened === null) return exitCodes.failed
  refuseOtherTarget(plan, opened.target, options)
  const ids = new Set(plan.steps.map((step) => step.id))
  const nodes = opened.compilation.graph.nodes.filter((node) => ids.has(node.id))
  tellWarnings(invocation, opened, nodes, asked)
  opened.selected.push(...ids)
  const connection = await connectDatabase(opened)
  try {
    await refuseOutdated(connection.database, opened, plan)
    // What is rendered at its step is rendered as the plan was.
    const workspace = await deferReferences(opened, nodes, asked)
    const { threads } = workspace.target
    return await executePlan(
      invocation,
      workspace,
      connection,
      {
        ...plan,
        target: { ...plan.target, threads },
        arguments: { ...plan.arguments, plan: identityOf(plan) },
      },
      {
        fullRefresh: asked.fullRefresh ?? false,
        failFast: asked.failFast ?? false,
        ignoreRefreshAfter: asked.extract === true,
        simulate: asked.simulate ?? [],
        instances: null,
        next: nextCommands,
      },
    )
  } finally {
    await connection.close()
  }
}

/** Also on the way from a plan to its file: the world as it is. */
export async function readWorld(database: Database, workspace: Workspace, plan: Plan) {
  const stateOf = await readState(database, plan)
  const relations = plan.steps.flatMap((step) =>
    'relation' in step ? [[step.id, step.relation] as const] : [],
  )
  const columns = await columnTypesThere(database, new Map(relations))
  return worldOf(workspace.sources, plan, (step) => ({
    ...stateOf(step),
    columns: (columns.get(step.id) ?? []).map(({ name, type }) => `${name} ${type}`),
  }))
}

async function refuseOutdated(database: Database, workspace: Workspace, plan: Plan): Promise<void> {
  const differences = worldDifferences(plan, plan.world!, await readWorld(database, workspace, plan))
  if (differences.length === 0) return
  const shown = differences.slice(0, 5).join('; ')
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : ''
  const executed = await executionOf(database, plan)
  if (executed !== null) throw runAlready(executed, `${shown}${more}`)
  throw new ConfigurationError({
    code: 'PLAN_OUTDATED',
    message: `the world has moved since the plan was made: ${shown}${more}`,
    hint: 'Nothing was run. Make the plan again with models plan --json, look at it, and run that.',
  })
}

/** How a run tells afterwards which plan it executed. */
function identityOf(plan: Plan): string {
  return hash('md5', JSON.stringify(plan), 'base64url')
}

/** Among the last runs. */
async function executionOf(database: Database, plan: Plan): Promise<RunSummary | null> {
  const runs = await readRuns(database, plan.target, 100)
  const identity = identityOf(plan)
  return runs.find((run) => run.arguments['plan'] === identity) ?? null
}

function runAlready({ runId, status }: RunSummary, differences: string): ConfigurationError {
  const rest = status === 'success' ? '' : ' What that run left undone, models retry does.'
  return new ConfigurationError({
    code: 'PLAN_OUTDATED',
    message: `this plan was run already (run ${runId.slice(0, 8)}): ${differences}`,
    hint: `Nothing was run now.${rest} For what has changed since, make another plan with models plan --json.`,
  })
}

/** Options that say how a plan is executed, not what it is. */
function ownOptions({ projectDir, threads, failFast, quiet, json }: RunOptions): Partial<ExecutionOptions> {
  return {
    ...(projectDir === undefined ? {} : { projectDir }),
    ...(threads === undefined ? {} : { threads }),
    ...(failFast === undefined ? {} : { failFast }),
    ...(quiet === undefined ? {} : { quiet }),
    ...(json === undefined ? {} : { json }),
  }
}

function refuseSelection(options: RunOptions): void {
  const { select, exclude, selector, vars, fullRefresh, extract, simulate, defer, state } = options
  const given = Object.entries({
    select,
    exclude,
    selector,
    vars,
    fullRefresh,
    extract,
    simulate,
    defer,
    state,
  })
  const [first] = given.find(([, value]) => value !== undefined) ?? []
  if (first === undefined) return
  const option = `--${first.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new ConfigurationError({
    code: 'PLAN_FIXED',
    message: `--plan and ${option} cannot stand together: what is run has been decided`,
    hint: `Leave ${option} out, or give it to models plan.`,
  })
}

function refuseOtherTarget(
  plan: Plan,
  target: Target,
  options: RunOptions & { readonly targetGiven?: boolean },
): void {
  const asked = options.targetGiven === true && options.target !== plan.target.name
  const { threads: _, ...now } = target
  const { threads: __, ...then } = plan.target
  if (!asked && JSON.stringify(sorted(now)) === JSON.stringify(sorted(then))) return
  throw new ConfigurationError({
    code: 'PLAN_OUTDATED',
    message: asked
      ? `the plan was made for the target ${plan.target.name}, not for ${options.target}`
      : `the target ${plan.target.name} is another one than when the plan was made`,
    hint: 'Nothing was run. Make the plan again with models plan --json.',
  })
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readPlanFile(path: string, given: string): Plan {
  let plan: Partial<Plan> | null
  try {
    plan = JSON.parse(readFileSync(path, 'utf8')) as Partial<Plan> | null
  } catch (cause) {
    throw badPlan(`cannot read the plan ${given}: ${(cause as Error).message}`, cause)
  }
  const whole = plan?.version === 1 && Array.isArray(plan.steps) && plan.target && plan.command && plan.world
  if (!whole) throw badPlan(`${given} is not a plan that this version of Strata wrote`)
  return deepFreeze(plan as Plan)
}

function badPlan(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_PLAN',
    message,
    hint: 'Write one with models plan --json > plan.json.',
    cause,
  })
}
