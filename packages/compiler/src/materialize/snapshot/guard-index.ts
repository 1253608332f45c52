import { createHash } from 'node:crypto'
import { deriveName, type SnapshotStep } from '@strata/core'
import { concern, type WantedIndex } from '../options/physical-options.ts'
import { asSql, canBeIndexed, isCurrent } from './snapshot-sql.ts'

/**
 * The unique index on the current rows of a snapshot: whoever writes, the table holds one current row a key. It also finds
 * them among all versions. Null: its condition depends on the session, or a part of the key is an expression, which may.
 */
export function guardIndex(step: SnapshotStep): WantedIndex | null {
  if (!canBeIndexed(step)) return null
  const body = `(${step.settings.uniqueKey.map(asSql).join(', ')}) where ${isCurrent(step)}`
  const hash = createHash('md5').update(body).digest('hex').slice(0, 10)
  return {
    name: deriveName(step.relation.name, `__strata_current_${hash}`),
    what: 'unique index',
    body,
    about: concern('unique_key'),
    mark: null,
  }
}
