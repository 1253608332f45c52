import type { Diagnostic, Json, Location, Materialization, ModelConfig } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { asStrings, type Config } from './merge-config.ts'

const supported: readonly Materialization[] = ['view', 'table', 'incremental', 'ephemeral']
const planned: readonly string[] = ['materialized_view']

/** Checks the merged configuration of a model and gives it its defaults. */
export function modelConfig(
  config: Config,
  location: Location,
): { readonly config: ModelConfig; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const complain = (code: string, message: string, hint: string) =>
    diagnostics.push({ code, severity: 'error', message, hint, location })

  const written = config['materialized'] ?? 'view'
  let materialized: Materialization = 'view'
  if (supported.includes(written as Materialization)) materialized = written as Materialization
  else if (typeof written !== 'string') {
    // What is no text has been complained of with the other types.
  } else if (planned.includes(written)) {
    complain(
      'UNSUPPORTED_MATERIALIZATION',
      `materialized='${written}' is not supported yet`,
      'Use view, table, incremental or ephemeral.',
    )
  } else {
    complain(
      'UNKNOWN_MATERIALIZATION',
      `there is no materialization ${JSON.stringify(written)}`,
      didYouMean(String(written), [...supported, ...planned]) ??
        'The materializations are view, table, incremental and ephemeral.',
    )
  }

  const uniqueKey = asStrings(config['unique_key']).filter((column) => column !== '')
  const enabled = config['enabled'] !== false
  const { unique_key: _replaced, ...rest } = config as { readonly [option: string]: Json }
  return { config: { ...rest, materialized, uniqueKey, enabled }, diagnostics }
}
