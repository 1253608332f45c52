import { relative } from 'node:path'
import { type LintResult, lintProject, rulesNamed } from '@strata/compiler/lint'
import { type Diagnostic, hasErrors } from '@strata/core'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { openLineage } from '../open-lineage.ts'
import { githubAnnotation } from '../reporters/github-annotation.ts'
import { renderFindings } from '../reporters/render-findings.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface LintOptions extends SelectionOptions {
  readonly rule?: readonly string[]
  readonly strict?: boolean
  readonly format: 'text' | 'github'
}

/** `models lint`: what is allowed and yet seldom meant, in the project's own files. Needs no database. */
export async function lintCommand(invocation: Invocation, options: LintOptions): Promise<number> {
  const startedAt = invocation.clock().getTime()
  const rules = options.rule === undefined ? null : rulesNamed(options.rule)
  const workspace = await openWorkspace(invocation, options, { command: 'lint', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const [selected, { lineage, keep }] = await Promise.all([
    selectNodes(invocation, workspace, options),
    openLineage(workspace),
  ])
  const result = lintProject(workspace.compilation, workspace.sources, { selected, rules, lineage })
  keep()
  tell(result, invocation, workspace, options, startedAt)
  const { diagnostics } = result
  const fails = hasErrors(diagnostics) || (options.strict === true && diagnostics.length > 0)
  return fails ? exitCodes.failed : exitCodes.success
}

function tell(
  { diagnostics, looked, late }: LintResult,
  { terminal, clock, workingDirectory }: Invocation,
  { directory, reporter }: Workspace,
  options: LintOptions,
  startedAt: number,
): void {
  const shown = options.quiet === true ? diagnostics.filter(isError) : diagnostics
  if (options.json) {
    reporter.diagnostics(shown)
    const errors = diagnostics.filter(isError).length
    const warnings = diagnostics.length - errors
    terminal.out(JSON.stringify({ kind: 'linted', looked, errors, warnings, late }))
    return
  }
  const milliseconds = clock().getTime() - startedAt
  if (options.format === 'github') {
    const folder = relative(workingDirectory, directory)
    for (const one of shown) terminal.out(githubAnnotation(one, folder))
  } else if (shown.length > 0 || options.quiet !== true)
    terminal.out(renderFindings(shown, directory, terminal, { looked, milliseconds }))
  if (late.length > 0 && options.quiet !== true) {
    const they = late.length === 1 ? ['asks', 'it'] : ['ask', 'them']
    terminal.err(
      `Note: ${late.join(', ')} ${they[0]} the database: rules about SQL did not look at ${they[1]}.`,
    )
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error'
}
