import { type PublishAction, quoteLiteral, type SnapshotStep, StrataError } from '@strata/core'
import { didYouMean } from '../../project/near-misses.ts'
import { concern } from '../options/physical-options.ts'
import { isCurrent, keyColumns, keyNames, plainColumn, updatedAtOf } from './snapshot-sql.ts'

/** That the options name what the SELECT yields. `rows` is quoted. */
export function assertOptionsFit(step: SnapshotStep, rows: string): readonly PublishAction[] {
  const updatedAt = updatedAtOf(step)
  const reads = (sql: string, option: string, hint: string): PublishAction => ({
    kind: 'execute',
    sql: `select ${sql} from ${rows} limit 0`,
    about: { what: `its option ${option}`, hint },
  })
  const inSelect = 'It is a column that the SELECT yields, or an expression of such columns.'
  return [
    reads(keyColumns(step), 'unique_key', inSelect),
    ...(updatedAt === null ? [] : [reads(updatedAt, 'updated_at', inSelect)]),
  ]
}

/** Every row has a key, and a key of its own: before anything is written, the same on the first day as on any other. */
export function assertKeys(step: SnapshotStep, rows: string): readonly PublishAction[] {
  const { name, settings } = step
  const said = settings.uniqueKey.join(', ')
  const keys = keyNames(step)
  const read = `(select ${keyColumns(step)} from ${rows}) as s`
  const about = concern('unique_key')
  return [
    {
      kind: 'assert_empty',
      sql: `select ${describeKey(step)} as key from ${read}
where ${keys.map((key) => `${key} is null`).join(' or ')}
group by ${keys.join(', ')} order by count(*) desc, ${keys.join(', ')} limit 5`,
      code: 'NULL_KEYS',
      message: `rows of ${name} have no unique key (${said})`,
      hint: 'A row without a key would be added anew each time. Leave such rows out, or name columns that are never null.',
      about,
    },
    {
      kind: 'assert_empty',
      sql: `select ${describeKey(step)} as key from ${read}
group by ${keys.join(', ')} having count(*) > 1 order by count(*) desc, ${keys.join(', ')} limit 5`,
      code: 'DUPLICATE_KEYS',
      message: `several rows of ${name} share one unique key (${said})`,
      hint: 'Make the SELECT yield one row a key, for instance by `select distinct on (…)` in a declared order, or correct unique_key.',
      about,
    },
  ]
}

/** Several current versions of one row: two runs at once of a tool without a lock leave them. */
export function assertOneCurrent(step: SnapshotStep, relation: string): PublishAction {
  const keys = keyNames(step)
  const { validTo } = step.settings.columns
  return {
    kind: 'assert_empty',
    sql: `select ${describeKey(step)} as key
from (select ${keyColumns(step)} from ${relation} where ${isCurrent(step)}) as s
where ${keys.map((key) => `${key} is not null`).join(' and ')}
group by ${keys.join(', ')} having count(*) > 1 order by count(*) desc, ${keys.join(', ')} limit 5`,
    code: 'SEVERAL_CURRENT',
    message: `${step.name} holds several current versions of one row`,
    hint: `Nothing was changed. Close all but one of each, by setting ${validTo}, or delete what is there twice; then run again.`,
    about: concern('unique_key'),
  }
}

/** Closing every row for the sake of a source that is not there at the moment would not be undone by the next run (R6). */
export function refuseToCloseAll(
  step: SnapshotStep,
  stage: string,
  relation: string,
): readonly PublishAction[] {
  if (step.settings.hardDeletes === 'ignore' || step.allowEmpty === true) return []
  return [
    {
      kind: 'assert_empty',
      sql: `select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from ${relation}
where ${isCurrent(step)} and not exists (select from ${stage}) having count(*) > 0`,
      code: 'EMPTY_RESULT',
      message: `the SELECT of ${step.name} yields no rows, and hard_deletes would take all current ones for deleted`,
      hint: `Nothing was changed. See whether its sources are landed and whole; if no rows is right, run again with --allow-empty --select ${step.relation.name}`,
    },
  ]
}

/** Throws `RESERVED_COLUMN`. */
export function refuseReserved({ name, settings }: SnapshotStep, yielded: readonly string[]): void {
  const reserved = Object.values(settings.columns).filter((column) => yielded.includes(column))
  if (reserved.length === 0) return
  throw new StrataError({
    code: 'RESERVED_COLUMN',
    message: `the SELECT of ${name} yields ${reserved.join(', ')}, which the snapshot adds itself`,
    hint: 'Leave them out of the SELECT, or give those of the snapshot other names with snapshot_meta_column_names.',
  })
}

/** Throws `UNKNOWN_COLUMN` for names; expressions Postgres judges. */
export function refuseUnknown({ name, settings }: SnapshotStep, yielded: readonly string[]): void {
  const { strategy, uniqueKey } = settings
  const updatedAt = strategy.kind === 'custom' ? null : strategy.updatedAt
  const checked = strategy.kind === 'check' && strategy.columns !== 'all' ? strategy.columns : []
  const named: readonly (readonly [option: string, columns: readonly string[]])[] = [
    ['unique_key', uniqueKey.flatMap((part) => plainColumn(part) ?? [])],
    ['updated_at', updatedAt === null ? [] : [plainColumn(updatedAt) ?? []].flat()],
    ['check_cols', checked],
  ]
  for (const [option, columns] of named) {
    const unknown = columns.filter((column) => !yielded.includes(column))
    if (unknown.length === 0) continue
    const meant = unknown.length === 1 ? didYouMean(unknown[0]!, yielded) : undefined
    throw new StrataError({
      code: 'UNKNOWN_COLUMN',
      message: `${option} of ${name} names ${unknown.join(', ')}, which its SELECT does not yield`,
      hint: `${meant === undefined ? '' : `${meant} `}It yields ${yielded.join(', ')}.`,
    })
  }
}

/** A snapshot of patients' data gives counts in the place of values. */
function describeKey({ config, settings }: SnapshotStep): string {
  const { meta } = config
  if (typeof meta === 'object' && meta !== null && 'phi' in meta && meta['phi'] === true)
    return `'one key: ' || count(*)::text || ' rows'`
  const parts = settings.uniqueKey.map(
    (part, index) => `${quoteLiteral(`${part}=`)} || coalesce(strata_key_${index + 1}::text, 'null')`,
  )
  return `pg_catalog.concat_ws(', ', ${parts.join(', ')}) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end`
}
