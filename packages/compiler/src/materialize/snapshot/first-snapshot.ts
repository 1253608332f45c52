import {
  deriveName,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type SnapshotStep,
} from '@strata/core'
import { takeOver } from '../build/take-over.ts'
import { compareColumns } from '../incremental/schema-change.ts'
import { guardIndex } from './guard-index.ts'
import { assertKeys, assertOptionsFit, refuseReserved, refuseUnknown } from './snapshot-checks.ts'
import { asSql, scdId, updatedAtOf } from './snapshot-sql.ts'

/** The table with the first version of each row. */
export function firstSnapshot(step: SnapshotStep, now: string): readonly PublishAction[] {
  const target = quoteRelation(step.relation)
  const select = step.select.full
  const sample = deriveName(step.relation.name, '__strata_sample')
  const sampled = `pg_temp.${quoteIdentifier(sample)}`
  const shape = { key: [], tracksChanges: false, guard: guardIndex(step) }
  const { dress, publish, storage } = takeOver(step, null, step.relation, 'table', shape)
  const verb = step.config['unlogged'] === true ? 'create unlogged table' : 'create table'
  return [
    {
      kind: 'execute',
      sql: `create temp table ${quoteIdentifier(sample)} on commit drop as\nselect * from (\n${select}\n) as sample limit 0`,
      select,
    },
    {
      kind: 'ask',
      sql: compareColumns(sampled, sampled, null),
      proceed(rows) {
        const yielded = rows.map((row) => String(row['name']))
        refuseReserved(step, yielded)
        refuseUnknown(step, yielded)
        return {
          actions: [
            ...assertOptionsFit(step, sampled),
            {
              kind: 'execute',
              sql: `${verb} ${target}${storage} as\nselect source.*,\n${firstVersion(step, now)}\nfrom (\n${select}\n) as source`,
              select,
              counts: 'rows',
            },
            ...assertKeys(step, target),
            ...dress,
            { kind: 'execute', sql: `analyze ${target}` },
            ...publish,
          ],
        }
      },
    },
  ]
}

/** The columns that dbt adds, in its order. */
function firstVersion(step: SnapshotStep, now: string): string {
  const { columns, uniqueKey, validToCurrent, hardDeletes } = step.settings
  const updatedAt = updatedAtOf(step) ?? now
  const added: [string, string][] = [
    [scdId([...uniqueKey.map(asSql), updatedAt]), columns.scdId],
    [updatedAt, columns.updatedAt],
    [updatedAt, columns.validFrom],
    // Never a value, and of the type of the other times.
    [`coalesce(nullif(${updatedAt}, ${updatedAt}), ${validToCurrent ?? 'null'})`, columns.validTo],
  ]
  if (hardDeletes === 'new_record') added.push(["'False'::text", columns.isDeleted])
  return added.map(([sql, name]) => `  ${sql} as ${quoteIdentifier(name)}`).join(',\n')
}
