import type { SnapshotSettings } from '@strata/core'
import type { ColumnLineage } from './graph-lineage.ts'

/** The columns that a snapshot adds to those of its SELECT: its times come from `updated_at`, if it has one. */
export function snapshotColumns(
  columns: readonly ColumnLineage[],
  { strategy, columns: names, hardDeletes }: SnapshotSettings,
): readonly ColumnLineage[] {
  const written = strategy.kind === 'custom' ? null : strategy.updatedAt
  const updatedAt = columns.find(({ name }) => name === written || name === written?.toLowerCase())
  const nothing = { offset: null, direct: [], condition: [], window: [] }
  const time = { ...(updatedAt ?? nothing), offset: null }
  const laterTime = { ...time, direct: time.direct.map((use) => ({ ...use, asIs: false })) }
  return [
    { ...nothing, name: names.scdId },
    { ...time, name: names.updatedAt },
    { ...time, name: names.validFrom },
    { ...laterTime, name: names.validTo },
    ...(hardDeletes === 'new_record' ? [{ ...nothing, name: names.isDeleted }] : []),
  ]
}
