import type { Hook, ModelVersion } from '@strata/core'
import type { Draft } from './draft.ts'
import { draftFile } from './draft.ts'
import { isMapping } from './merge-config.ts'
import type { Reference } from './render-scope.ts'
import { isTemplate } from './render-yaml.ts'
import type { Renderer } from './renderer.ts'

/** Where a model refers to others outside of its own file. */
export interface FurtherPlaces {
  readonly hooks: readonly Hook[]
  /** Lists of constraints, of which foreign keys say `to: ref('…')`. */
  readonly constraints: readonly unknown[]
  /** A foreign key may point to the model itself, which is no edge. */
  readonly self?: { readonly name: string; readonly version: ModelVersion | null }
}

/** The draft with what hooks and constraints refer to: these have to be built before the model as well. */
export function withFurtherReferences(
  draft: Draft,
  { hooks, constraints, self }: FurtherPlaces,
  renderer: Renderer,
): Draft {
  const inHooks = hooks.map((hook) => hook.template).filter(isTemplate)
  const texts = [
    ...inHooks,
    ...constraints.flatMap((list) =>
      (Array.isArray(list) ? list : []).flatMap((one: unknown) =>
        isMapping(one) && typeof one['to'] === 'string' && /^\s*(ref|source)\s*\(/.test(one['to'])
          ? [`{{ ${one['to']} }}`]
          : [],
      ),
    ),
  ]
  if (texts.length === 0) return draft
  const isSelf = (one: Reference): boolean =>
    one.kind === 'ref' &&
    one.name === self?.name &&
    one.version === self.version &&
    (one.packageName ?? draft.packageName) === draft.packageName
  const references = [...draft.references]
  const macros = new Set(draft.macros)
  const calls = new Set(draft.calls)
  for (const text of texts) {
    const drafted = draftFile({ path: draft.configLocation.file, text }, draft.packageName, renderer)
    // What is wrong with a hook is told when it is rendered.
    for (const reference of drafted.draft?.references ?? [])
      if (inHooks.includes(text) || !isSelf(reference))
        references.push({ ...reference, location: draft.configLocation })
    for (const id of drafted.draft?.macros ?? []) macros.add(id)
    for (const id of drafted.draft?.calls ?? []) calls.add(id)
  }
  return { ...draft, references, macros: [...macros], calls: [...calls] }
}
