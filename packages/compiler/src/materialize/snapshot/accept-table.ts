import {
  displayRelation,
  type RelationFacts,
  type SnapshotStep,
  type StepFacts,
  StrataError,
} from '@strata/core'

/**
 * Whether the step may go on with the table that is there: it is a history, and ours, or we were told to take it over. What
 * it holds could not be built again. Throws `NOT_OURS`, `NOT_A_SNAPSHOT`.
 */
export function acceptTable(step: SnapshotStep, facts: StepFacts, relation: RelationFacts): void {
  const missing = missingColumns(step, relation)
  const isHistory = relation.kind === 'table' && missing.length === 0
  const name = displayRelation(step.relation)
  if ((facts.foreign || facts.builtBy !== undefined) && !(isHistory && step.takeOver)) {
    const whose = facts.foreign ? 'Strata did not begin' : `the target ${facts.builtBy} began`
    throw new StrataError({
      code: 'NOT_OURS',
      message: isHistory
        ? `there is a history ${name} that ${whose}`
        : `there is a ${relation.kind.replace('_', ' ')} ${name} that ${whose}`,
      hint: isHistory
        ? `To go on with it: models snapshot --take-over --select ${step.relation.name}. Nothing of it is dropped; from then on only this target should write it.`
        : `It is no snapshot${without(missing)}. Drop or rename it, or choose another name or schema.`,
    })
  }
  if (isHistory) return
  throw new StrataError({
    code: 'NOT_A_SNAPSHOT',
    message:
      relation.kind === 'table'
        ? `the table ${name} is no snapshot${without(missing)}`
        : `there is a ${relation.kind.replace('_', ' ')} ${name}, where the snapshot should be`,
    hint:
      relation.kind === 'table'
        ? 'Where snapshot_meta_column_names was changed, rename the columns of the table as well: alter table … rename column … to …. Else rename or drop the table.'
        : 'Rename or drop it, or give the snapshot another name.',
  })
}

function without(missing: readonly string[]): string {
  return missing.length === 0 ? '' : `: it has no column ${missing.join(', ')}`
}

/** The other columns that a snapshot adds are added where they are not there. */
function missingColumns({ settings: { columns } }: SnapshotStep, relation: RelationFacts): readonly string[] {
  const present = new Set(relation.columns.map(({ name }) => name))
  return [columns.scdId, columns.validFrom, columns.validTo].filter((column) => !present.has(column))
}
