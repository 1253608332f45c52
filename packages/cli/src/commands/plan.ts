import type { Plan, Step } from '@strata/core'
import { createColors } from 'picocolors'
import { connectDatabase } from '../database-connection.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { kindLabel, padEnd, plural } from '../reporters/format.ts'
import { openWorkspace } from '../workspace.ts'
import { nodesToRun, planRun, type RunOptions } from './run.ts'

/** `models plan`: what `run` would do with the same options, and why. */
export async function planCommand(invocation: Invocation, options: RunOptions): Promise<number> {
  const workspace = await openWorkspace(invocation, options, {
    command: 'run',
    fullRefresh: options.fullRefresh ?? false,
  })
  if (workspace === null) return exitCodes.failed
  const connection = await connectDatabase(workspace)
  try {
    const plan = await planRun(
      workspace,
      connection,
      nodesToRun(invocation, workspace, options),
      'run',
      options.fullRefresh ?? false,
    )
    invocation.terminal.out(
      options.json ? JSON.stringify(plan, null, 2) : renderPlan(plan, invocation.terminal.color),
    )
    return exitCodes.success
  } finally {
    await connection.close()
  }
}

function renderPlan(plan: Plan, color: boolean): string {
  const colors = createColors(color)
  const nameWidth = Math.max(...plan.steps.map((step) => step.name.length), 10)
  const lines = plan.steps.map((step) => {
    const intent = padEnd(step.intent, 9)
    return `${padEnd(kindLabel(step.kind), 5)}  ${padEnd(step.name, nameWidth)}  ${paintIntent(step, colors)(intent)}  ${colors.dim(step.reason)}`.trimEnd()
  })
  const jobs = plan.steps.filter((step) => step.kind === 'job').length
  const counts = [jobs > 0 ? plural(jobs, 'job') : '', plural(plan.steps.length - jobs, 'model')].filter(
    (text) => text !== '',
  )
  return [...lines, '', `A run would do this on target ${plan.target.name}: ${counts.join(', ')}.`].join('\n')
}

function paintIntent(step: Step, colors: ReturnType<typeof createColors>): (text: string) => string {
  if (step.intent === 'rebuild' || step.intent === 'replace') return colors.yellow
  return step.intent === 'skip' ? colors.dim : colors.green
}
