import type { ContractInputs } from './contract.ts'
import { draftFile } from './draft.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { References } from './references.ts'
import type { Resolution } from './resolution.ts'

/** Finds the relation that `to: ref('…')` or `to: source('…', '…')` of a model's foreign key means. */
export function foreignKeyTarget(
  model: ModelDraft,
  references: References,
  { renderer }: Resolution,
): ContractInputs['pointsTo'] {
  const viewer = { packageName: model.packageName, group: model.group }
  return (to) => {
    if (!/^\s*(ref|source)\s*\(/.test(to)) return 'text'
    // The edge that it makes has been complained of where it leads nowhere.
    const { draft } = draftFile(
      { path: model.configLocation.file, text: `{{ ${to} }}` },
      model.packageName,
      renderer,
    )
    const reference = draft?.references[0]
    const found = reference === undefined ? null : references.find(reference, viewer)
    if (found === null) return null
    const materialized = found.model?.modelConfig.materialized ?? 'table'
    return { relation: found.relation, isTable: materialized === 'table' || materialized === 'incremental' }
  }
}
