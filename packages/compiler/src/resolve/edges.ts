import type { Diagnostic, IncrementEdge, NodeId } from '@strata/core'
import type { Draft } from './draft.ts'
import { holdsMarks } from './fragments.ts'
import type { References, Viewer } from './references.ts'

/** What the references of a draft lead to. */
export interface Edges {
  readonly parents: readonly NodeId[]
  readonly increments: readonly IncrementEdge[]
  /** Every reference leads somewhere: the draft can be rendered. */
  readonly complete: boolean
  readonly diagnostics: readonly Diagnostic[]
}

export function resolveEdges(
  draft: Draft,
  viewer: Viewer,
  incremental: boolean,
  references: References,
): Edges {
  const diagnostics: Diagnostic[] = []
  const parents: NodeId[] = []
  let complete = true
  for (const reference of draft.references) {
    const resolved = references.find(reference, viewer)
    if (resolved !== null) {
      if (!parents.includes(resolved.id)) parents.push(resolved.id)
      const refusal = references.refuse(reference, viewer, resolved)
      if (refusal !== null) diagnostics.push(refusal)
      continue
    }
    complete = false
    const complaint = references.complain(reference, viewer)
    if (complaint !== null) diagnostics.push(complaint)
  }
  if (holdsMarks(draft.file.text)) {
    diagnostics.push({
      code: 'RESERVED_CHARACTER',
      severity: 'error',
      message: 'the file holds the characters U+E0F0 or U+E0F1, which Strata uses for itself',
      hint: 'Remove them; they are private-use characters without a meaning of their own.',
      location: { file: draft.file.path, line: 1, column: 1 },
    })
  }
  const increments = incrementEdges(draft, viewer, incremental, references, diagnostics)
  return { parents, increments, complete, diagnostics }
}

function incrementEdges(
  draft: Draft,
  viewer: Viewer,
  incremental: boolean,
  references: References,
  diagnostics: Diagnostic[],
): IncrementEdge[] {
  const edges = new Map<NodeId, IncrementEdge>()
  for (const { reference, location } of draft.increments) {
    if (!incremental) {
      diagnostics.push({
        code: 'INCREMENT_OUTSIDE_INCREMENTAL',
        severity: 'error',
        message: 'increment() stands in a model that is not incremental',
        hint: "Add {{ config(materialized='incremental') }}, or write ref() or source() without increment().",
        location,
      })
      continue
    }
    const resolved = references.find(reference, viewer)
    if (resolved === null) continue
    if (resolved.tracksChanges) {
      edges.set(resolved.id, { parent: resolved.id, relation: resolved.relation })
      continue
    }
    const name = reference.kind === 'ref' ? reference.name : `${reference.sourceName}.${reference.tableName}`
    diagnostics.push({
      code: 'INCREMENT_OF_UNTRACKED',
      severity: 'error',
      message: `increment() cannot read what is new in ${name}: it does not record when its rows change`,
      hint: 'Use increment() on bronze tables that a job lands, or on incremental models; read others whole with ref() or source().',
      location,
    })
  }
  return [...edges.values()]
}
