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
    ...storing(config),
    severity: text('severity', 'error').toLowerCase() === 'warn' ? 'warn' : 'error',
    warnIf: text('warn_if', '!= 0'),
    errorIf: text('error_if', '!= 0'),
    failCalc: text('fail_calc', 'count(*)'),
    limit: Number.isSafeInteger(limit) ? limit : null,
  }
}

/** Each of the two options says what the other one is; `store_failures_as` has the last word, as in dbt. */
function storing({ store_failures: stores, store_failures_as: as }: Config): Config {
  if (as !== undefined && as !== null) return { store_failures: as !== 'ephemeral', store_failures_as: as }
  if (stores === undefined || stores === null) return {}
  const isOn = String(stores).toLowerCase() === 'true'
  return { store_failures: isOn, store_failures_as: isOn ? 'table' : 'ephemeral' }
}
