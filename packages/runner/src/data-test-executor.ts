import type { Database, DataTestStep, StepExecutor } from '@strata/core'
import { inTermsOfSelect } from './in-terms-of-select.ts'
import { sessionName } from './session-name.ts'

/** Counts the rows that a data test yields: any is a failure, or a warning where its severity says so. Reads no values. */
export function createDataTestExecutor(options: { readonly database: Database }): StepExecutor<DataTestStep> {
  return async (step, context) => {
    const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
    const select = step.select.full
    const failures = await options.database.transaction(async (transaction) => {
      const sql = `select count(*)::text as failures from (\n${select}\n) as failing`
      const { rows } = await inTermsOfSelect(select, () => transaction.query<{ failures: string }>(sql))
      return Number(rows[0]!.failures)
    }, session)
    const counts = { failures }
    if (failures === 0) return { status: 'success', action: 'test', message: 'passed', counts }
    const status = step.severity === 'warn' ? 'warned' : 'failed'
    return {
      status,
      action: 'test',
      message: failures === 1 ? '1 failing row' : `${failures} failing rows`,
      counts,
    }
  }
}
