import type { Diagnostic, IncrementEdge } from '@strata/core'
import type { Edges } from './edges.ts'
import { isMicrobatch } from './microbatch-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { References, Resolved, Viewer } from './references.ts'

/**
 * The edges of a model that is built in batches. A parent with `event_time` that records its changes tells which batches
 * they concern; of another one nobody knows what comes late. `keepsTables`: tables of the project are left as they are, so that no
 * model begins to record its changes for the sake of another that reads it by `ref()` alone.
 */
export function batchEdges(
  model: ModelDraft,
  viewer: Viewer,
  edges: Edges,
  references: References,
  keepsTables: boolean,
): { readonly edges: Edges; readonly diagnostics: readonly Diagnostic[] } {
  if (!isMicrobatch(model.modelConfig)) return { edges, diagnostics: [] }
  const parents = model.references.flatMap((reference): Resolved[] => {
    const found = references.find(reference, viewer)
    return found === null ? [] : [found]
  })
  const byBatch = parents.filter(({ eventTime, ephemeral }) => eventTime !== null && !ephemeral)
  const increments = byBatch
    .filter((parent) => parent.tracksChanges && !(keepsTables && parent.model !== null))
    .map(
      (parent): IncrementEdge => ({
        parent: parent.id,
        relation: parent.relation,
        eventTime: parent.eventTime!,
      }),
    )
  const diagnostics = model.increments.map(
    ({ location, keys }): Diagnostic => ({
      code: 'INCREMENT_IN_MICROBATCH',
      severity: 'error',
      message: `${keys === null ? 'increment()' : 'changed_keys()'} stands in a model with the strategy "microbatch", which reads its parents by batches`,
      hint: 'Write ref() or source() alone, and give the parent an event_time; or choose another strategy.',
      location,
    }),
  )
  if (byBatch.length === 0 && edges.complete) diagnostics.push(readWhole(model, parents))
  const distinct = [...new Map(increments.map((edge) => [edge.parent, edge])).values()]
  return { edges: { ...edges, increments: distinct }, diagnostics }
}

function readWhole(model: ModelDraft, parents: readonly Resolved[]): Diagnostic {
  const names = parents.map(({ name }) => name).join(', ')
  return {
    code: 'NO_EVENT_TIME',
    severity: 'warning',
    message: `no parent of the model "${model.name}" has an event_time: each of its batches reads them whole, and late or deleted rows older than the lookback are not seen`,
    hint:
      names === ''
        ? 'It has no parents; the strategy "microbatch" is for models that read what happens over time.'
        : `Say in the configuration of ${names} which column tells when a row happened (event_time).`,
    location: model.configLocation,
  }
}
