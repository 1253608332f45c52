import type { Failure, StepResult } from '@strata/core'
import type { Colors } from './colors.ts'
import { sqlExcerpt } from './sql-excerpt.ts'

/** A failed step in full: what happened, where in its SQL, and what to do. */
export function renderFailure(step: StepResult, colors: Colors): string {
  const failure = step.failure!
  const lines = [
    `${colors.red(colors.bold(step.name))}  ${failure.message} ${colors.dim(`[${failure.code}]`)}`,
  ]
  const excerpt = excerptOf(failure)
  if (excerpt !== null) lines.push(excerpt)
  if (failure.hint !== undefined) lines.push(`  ${colors.cyan('→')} ${failure.hint}`)
  return lines.join('\n')
}

function excerptOf(failure: Failure): string | null {
  if (failure.sql === undefined || failure.position === undefined) return null
  return sqlExcerpt(failure.sql, failure.position)
}
