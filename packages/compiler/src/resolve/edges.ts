import type { ChangedKeys, Diagnostic, IncrementEdge, Location, NodeId } from '@strata/core'
import type { Draft } from './draft.ts'
import { holdsMarks } from './fragments.ts'
import type { References, Resolved, Viewer } from './references.ts'

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
  for (const { reference, location, keys } of draft.increments) {
    const called = keys === null ? 'increment()' : 'changed_keys()'
    if (!incremental) {
      diagnostics.push({
        code: 'INCREMENT_OUTSIDE_INCREMENTAL',
        severity: 'error',
        message: `${called} stands in a model that is not incremental`,
        hint: `Add {{ config(materialized='incremental') }}, or write ref() or source() without ${called}.`,
        location,
      })
      continue
    }
    const resolved = references.find(reference, viewer)
    if (resolved === null) continue
    if (resolved.tracksChanges || resolved.watermark !== undefined) {
      edges.set(resolved.id, withKeys(edges.get(resolved.id) ?? edgeFrom(resolved), keys))
      if (readsViewByXmin(resolved)) diagnostics.push(xminOfView(resolved.name, location))
      continue
    }
    const name = reference.kind === 'ref' ? reference.name : `${reference.sourceName}.${reference.tableName}`
    diagnostics.push({
      code: 'INCREMENT_OF_UNTRACKED',
      severity: 'error',
      message: `${called} cannot read what is new in ${name}: it does not record when its rows change`,
      hint: 'Bronze tables that a job lands and incremental models do. Of another table, say in the configuration of that source how new rows are found (watermark: xmin, or watermark: {columns: …}), or read it whole with ref() or source().',
      location,
    })
  }
  return [...edges.values()]
}

function edgeFrom({ id, relation, tracksChanges, watermark }: Resolved): IncrementEdge {
  const by = tracksChanges || watermark === undefined ? {} : { by: watermark }
  return { parent: id, relation, ...by }
}

function readsViewByXmin({ tracksChanges, watermark, model }: Resolved): boolean {
  return !tracksChanges && watermark?.kind === 'xmin' && model?.modelConfig.materialized === 'view'
}

function xminOfView(name: string, location: Location): Diagnostic {
  return {
    code: 'XMIN_OF_VIEW',
    severity: 'error',
    message: `${name} is a view, and only tables know the transaction that wrote a row (watermark: xmin)`,
    hint: 'Make it a table, name columns that say when a row was changed (watermark: {columns: …}), or read what the view reads.',
    location,
  }
}

function withKeys(edge: IncrementEdge, keys: ChangedKeys | null): IncrementEdge {
  if (keys === null) return edge
  const known = edge.keys ?? []
  const same = known.some(({ column, into }) => column === keys.column && into === keys.into)
  return same ? edge : { ...edge, keys: [...known, keys] }
}
