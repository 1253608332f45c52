import type { Json, SnapshotColumns, SnapshotSettings } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'

type Complain = (option: string, code: string, message: string, hint: string) => void

export const snapshotStrategies = ['timestamp', 'check'] as const
const hardDeletes = ['ignore', 'invalidate', 'new_record'] as const

const metaColumns = {
  dbt_scd_id: 'scdId',
  dbt_updated_at: 'updatedAt',
  dbt_valid_from: 'validFrom',
  dbt_valid_to: 'validTo',
  dbt_is_deleted: 'isDeleted',
} as const satisfies { readonly [name: string]: keyof SnapshotColumns }

/** Complains of what a snapshot lacks, or says twice. */
export function checkSnapshotConfig(
  name: string,
  config: Config,
  hasStrategy: (strategy: string) => boolean,
  complain: Complain,
): void {
  const { strategy } = config
  const missing = (option: string, at: string, why: string) => {
    if (asStrings(config[option]).some((text) => text.trim() !== '')) return
    complain(
      at,
      'MISSING_CONFIG',
      `the snapshot "${name}" has no ${option}${why}`,
      "Write config(unique_key='id', strategy='timestamp', updated_at='…'), or strategy='check' with check_cols.",
    )
  }
  missing('unique_key', 'strategy', '')
  missing('strategy', 'unique_key', '')
  if (typeof strategy === 'string' && !hasStrategy(strategy)) {
    complain(
      'strategy',
      'UNKNOWN_STRATEGY',
      `there is no snapshot strategy "${strategy}"`,
      didYouMean(strategy, snapshotStrategies) ??
        `The strategies are timestamp, check, and macros such as snapshot_${strategy}_strategy.`,
    )
  }
  if (strategy === 'timestamp') {
    missing('updated_at', 'strategy', ", which strategy='timestamp' needs")
    if (asStrings(config['check_cols']).length > 0)
      complain(
        'check_cols',
        'CONFLICTING_CONFIG',
        `the snapshot "${name}" has check_cols, which strategy='timestamp' does not look at`,
        "Leave check_cols out, or say strategy='check'.",
      )
  }
  if (strategy === 'check') {
    missing('check_cols', 'strategy', ", which strategy='check' needs")
    checkColumns(config['check_cols'], complain)
  }
  checkHardDeletes(name, config, complain)
  checkMetaColumns(config['snapshot_meta_column_names'], complain)
  const { materialized } = config
  if (typeof materialized === 'string' && materialized !== 'snapshot')
    complain(
      'materialized',
      'BAD_VALUE',
      `the snapshot "${name}" is to be materialized as "${materialized}"`,
      'Leave it out: a snapshot is a table that keeps every version of a row.',
    )
}

function checkColumns(value: Json | undefined, complain: Complain): void {
  if (typeof value !== 'string' || value === '' || value === 'all') return
  complain(
    'check_cols',
    'BAD_VALUE',
    `check_cols is ${JSON.stringify(value)}`,
    `It is all, or a list of columns: check_cols=['${value}'].`,
  )
}

function checkHardDeletes(name: string, config: Config, complain: Complain): void {
  if (isGiven(config['hard_deletes']) && isGiven(config['invalidate_hard_deletes']))
    complain(
      'invalidate_hard_deletes',
      'CONFLICTING_CONFIG',
      `the snapshot "${name}" has both hard_deletes and invalidate_hard_deletes`,
      'Keep hard_deletes alone: ignore, invalidate or new_record.',
    )
}

function checkMetaColumns(value: Json | undefined, complain: Complain): void {
  if (!isMapping(value)) return
  for (const key of Object.keys(value)) {
    if (key in metaColumns) continue
    const known = Object.keys(metaColumns)
    complain(
      'snapshot_meta_column_names',
      'BAD_VALUE',
      `snapshot_meta_column_names has no column ${key}`,
      didYouMean(key, known) ?? `It renames ${known.join(', ')}.`,
    )
  }
  const names = Object.values(columnsOf(value))
  const twice = names.find((one, index) => names.indexOf(one) !== index)
  if (twice !== undefined)
    complain(
      'snapshot_meta_column_names',
      'BAD_VALUE',
      `snapshot_meta_column_names gives two columns the name ${twice}`,
      'Give each a name of its own.',
    )
}

/** What a snapshot's configuration means; it has been complained of where it is wrong. */
export function snapshotSettings(config: Config): SnapshotSettings {
  return {
    strategy: strategyOf(config),
    uniqueKey: asStrings(config['unique_key']),
    hardDeletes: hardDeletesOf(config),
    validToCurrent: textOf(config['dbt_valid_to_current']),
    columns: columnsOf(config['snapshot_meta_column_names']),
  }
}

function strategyOf(config: Config): SnapshotSettings['strategy'] {
  const name = String(config['strategy'])
  const updatedAt = textOf(config['updated_at'])
  if (name === 'timestamp') return { kind: 'timestamp', updatedAt: updatedAt ?? '' }
  if (name !== 'check') return { kind: 'custom', name }
  const columns = asStrings(config['check_cols'])
  return {
    kind: 'check',
    columns: config['check_cols'] === 'all' ? 'all' : columns.map(foldColumn),
    updatedAt,
  }
}

function hardDeletesOf(config: Config): SnapshotSettings['hardDeletes'] {
  const known = hardDeletes.find((word) => word === config['hard_deletes'])
  if (known !== undefined) return known
  const invalidates = config['invalidate_hard_deletes']
  return invalidates === true || invalidates === 'true' || invalidates === 'True' ? 'invalidate' : 'ignore'
}

function columnsOf(given: Json | undefined): SnapshotColumns {
  const names = isMapping(given) ? given : {}
  const name = (column: keyof typeof metaColumns) => foldColumn(textOf(names[column]) ?? column)
  return {
    scdId: name('dbt_scd_id'),
    updatedAt: name('dbt_updated_at'),
    validFrom: name('dbt_valid_from'),
    validTo: name('dbt_valid_to'),
    isDeleted: name('dbt_is_deleted'),
  }
}

/** The column that Postgres takes a name for: folded unless it stands in quotes. */
function foldColumn(written: string): string {
  const name = written.trim()
  if (/^"(?:[^"]|"")+"$/.test(name)) return name.slice(1, -1).replaceAll('""', '"')
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) ? name.toLowerCase() : name
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null
}
