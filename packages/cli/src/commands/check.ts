import { hasErrors } from '@strata/core'
import { checkWorkspace } from '../check-workspace.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { reportCheck } from '../reporters/check-report.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace } from '../workspace.ts'

interface CheckCommandOptions extends SelectionOptions {
  readonly onServer?: boolean
  readonly fresh?: boolean
  readonly format: 'text' | 'github'
}

/** `models check`: types the project on an empty scratch database, and says what is wrong in it. */
export async function checkCommand(invocation: Invocation, options: CheckCommandOptions): Promise<number> {
  const startedAt = invocation.clock().getTime()
  const workspace = await openWorkspace(invocation, options, { keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const isSelected = [options.select, options.exclude, options.selector, options.resourceType].some(
    (one) => one !== undefined,
  )
  const selected = await selectNodes(invocation, workspace, options)
  const checked = await checkWorkspace(invocation, workspace, {
    ...(isSelected ? { nodes: new Set(selected.map(({ id }) => id)) } : {}),
    onServer: options.onServer ?? false,
    fresh: options.fresh ?? false,
  })
  reportCheck(invocation, workspace, options, checked, invocation.clock().getTime() - startedAt)
  return hasErrors(checked.diagnostics) ? exitCodes.failed : exitCodes.success
}
