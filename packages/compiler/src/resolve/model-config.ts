import type { Diagnostic, Json, Location, Materialization, ModelConfig } from '@strata/core'
import { didYouMean, nearMisses } from '../project/near-misses.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import { checkMicrobatch, isMicrobatch } from './microbatch-config.ts'

const supported: readonly Materialization[] = [
  'view',
  'table',
  'incremental',
  'materialized_view',
  'ephemeral',
]

/** Checks the merged configuration of a model and gives it its defaults. */
export function modelConfig(
  config: Config,
  placeOf: (option: string) => Location,
  findMaterialization: (name: string) => Location | null,
): { readonly config: ModelConfig; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const complain = (option: string, code: string, message: string, hint: string) =>
    diagnostics.push({ code, severity: 'error', message, hint, location: placeOf(option) })

  const written = config['materialized'] ?? 'view'
  let materialized: Materialization = 'view'
  if (supported.includes(written as Materialization)) materialized = written as Materialization
  else if (typeof written !== 'string') {
    // What is no text has been complained of with the other types.
  } else {
    const block = findMaterialization(written)
    if (block === null) {
      complain(
        'materialized',
        'UNKNOWN_MATERIALIZATION',
        `there is no materialization ${JSON.stringify(written)}`,
        didYouMean(written, supported) ??
          'The materializations are view, table, incremental, materialized_view and ephemeral.',
      )
    } else {
      diagnostics.push({
        code: 'UNSUPPORTED_MATERIALIZATION',
        severity: 'error',
        message: `${block.file}:${block.line} defines the materialization ${JSON.stringify(written)}, and blocks of one's own are read but not supported`,
        hint: 'Use view, table, incremental, materialized_view or ephemeral, and write what the block does beside building into pre_hook and post_hook.',
        location: placeOf('materialized'),
        related: [{ message: 'the block is here', location: block }],
      })
    }
  }
  const enabled = config['enabled'] !== false
  if (materialized === 'incremental' && enabled) checkStrategy(config['incremental_strategy'], complain)
  if (isMicrobatch(config) && enabled)
    checkMicrobatch(config, complain, (option, code, message, hint) =>
      diagnostics.push({ code, severity: 'warning', message, hint, location: placeOf(option) }),
    )

  const uniqueKey = asStrings(config['unique_key']).filter((column) => column !== '')
  if (materialized === 'materialized_view' && enabled && uniqueKey.length === 0 && !hasUniqueIndex(config))
    diagnostics.push({
      code: 'NO_UNIQUE_KEY',
      severity: 'warning',
      message: 'a materialized view without a unique key is built anew at every run',
      hint: 'Name the columns that tell its rows apart in unique_key: it is then refreshed by what differs.',
      location: placeOf('materialized'),
    })
  const { unique_key: _replaced, ...rest } = config as { readonly [option: string]: Json }
  return { config: { ...rest, materialized, uniqueKey, enabled }, diagnostics }
}

/** One that Postgres can refresh by: over all rows, of plain columns. */
function hasUniqueIndex({ indexes }: Config): boolean {
  return (
    Array.isArray(indexes) &&
    indexes.some(
      (index) =>
        isMapping(index) &&
        index['unique'] === true &&
        typeof index['where'] !== 'string' &&
        asStrings(index['columns']).every((column) => /^"?[\w$]+"?$/.test(column)),
    )
  )
}

const strategies: readonly string[] = ['append', 'merge', 'delete+insert', 'microbatch']

function checkStrategy(
  strategy: Json | undefined,
  complain: (option: string, code: string, message: string, hint: string) => void,
): void {
  // dbt's word for the strategy that it takes where none is named.
  if (typeof strategy !== 'string' || strategy === 'default' || strategies.includes(strategy)) return
  if (strategy === 'insert_overwrite') {
    complain(
      'incremental_strategy',
      'UNSUPPORTED_STRATEGY',
      'the strategy "insert_overwrite" replaces partitions, which Postgres tables here have not',
      "Use incremental_strategy='delete+insert' with the partition's column as unique_key.",
    )
    return
  }
  complain(
    'incremental_strategy',
    'UNKNOWN_STRATEGY',
    `there is no incremental strategy ${JSON.stringify(strategy)}`,
    didYouMean(strategy, strategies) ??
      (nearMisses(strategy, ['upsert']).length > 0 ? 'An upsert is called "merge".' : null) ??
      'The strategies are append, merge, delete+insert and microbatch.',
  )
}
