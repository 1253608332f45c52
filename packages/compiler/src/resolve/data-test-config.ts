import type { DataTestConfig } from '@strata/core'
import type { Config } from './merge-config.ts'

/** dbt's defaults where nothing is said. */
export function dataTestConfig(config: Config): DataTestConfig {
  const text = (option: string, otherwise: string) => {
    const value = config[option]
    return value === undefined || value === null || value === '' ? otherwise : String(value)
  }
  const limit = Number(config['limit'] ?? Number.NaN)
  return {
    ...config,
    severity: text('severity', 'error').toLowerCase() === 'warn' ? 'warn' : 'error',
    warnIf: text('warn_if', '!= 0'),
    errorIf: text('error_if', '!= 0'),
    failCalc: text('fail_calc', 'count(*)'),
    limit: Number.isSafeInteger(limit) ? limit : null,
  }
}
