import type { CompiledSelect, Diagnostic, IncrementEdge, NodeId } from '@strata/core'
import type { Draft } from './draft.ts'
import { holdsMarks, incrementMark, toFragments } from './fragments.ts'
import type { References, Resolved } from './references.ts'
import type { RenderScope } from './render-scope.ts'
import type { Renderer } from './renderer.ts'

export interface CompiledDraft {
  readonly select: CompiledSelect
  readonly parents: readonly NodeId[]
  readonly increments: readonly IncrementEdge[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Renders a draft with the graph known: whole, and for an incremental model once more as an incremental run would have it,
 * with a mark at the place of each increment.
 */
export function compileSelect(
  draft: Draft,
  self: RenderScope['self'],
  incremental: boolean,
  references: References,
  renderer: Renderer,
): CompiledDraft {
  const diagnostics: Diagnostic[] = []
  const parents: NodeId[] = []
  for (const reference of draft.references) {
    const resolved = references.find(reference)
    if (resolved !== null) {
      if (!parents.includes(resolved.id)) parents.push(resolved.id)
      continue
    }
    const complaint = references.complain(reference)
    if (complaint !== null) diagnostics.push(complaint)
  }
  const increments = incrementEdges(draft, incremental, references, diagnostics)
  const unresolved = draft.references.some((reference) => references.find(reference) === null)
  if (unresolved) return { select: { full: '', increment: null }, parents, increments, diagnostics }
  if (holdsMarks(draft.file.text)) {
    diagnostics.push({
      code: 'RESERVED_CHARACTER',
      severity: 'error',
      message: 'the file holds the characters U+E0F0 or U+E0F1, which Strata uses for itself',
      hint: 'Remove them; they are private-use characters without a meaning of their own.',
      location: { file: draft.file.path, line: 1, column: 1 },
    })
  }

  const scope = (isIncremental: boolean): RenderScope => ({
    execute: true,
    isIncremental,
    self,
    resolve: (reference) => references.find(reference)?.relation ?? { schema: '', name: '' },
    configure() {},
    increment(reference) {
      const found: Resolved | null = references.find(reference)
      if (found === null) return ''
      return isIncremental ? incrementMark(found.id) : renderer.relationText(found.relation)
    },
  })
  const render = (isIncremental: boolean) => {
    const rendered = renderer.render(draft.template, scope(isIncremental))
    return { ...rendered, text: asSubquery(rendered.text) }
  }
  const full = render(false)
  diagnostics.push(...full.diagnostics)
  if (!incremental) return { select: { full: full.text, increment: null }, parents, increments, diagnostics }

  const needed = increments.length > 0 || /\bis_incremental\b/.test(draft.file.text)
  const second = needed ? render(true) : full
  if (needed) diagnostics.push(...second.diagnostics)
  return {
    select: { full: full.text, increment: toFragments(second.text) },
    parents,
    increments,
    diagnostics,
  }
}

/** A SELECT becomes part of other statements: no blank lines around it, and no semicolon behind it. */
function asSubquery(sql: string): string {
  return sql.trim().replace(/(\s*;)+$/, '')
}

function incrementEdges(
  draft: Draft,
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
    const resolved = references.find(reference)
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
