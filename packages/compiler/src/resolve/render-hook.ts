import type { Diagnostic } from '@strata/core'
import { type Asked, answering } from './ask.ts'
import type { Renderable, RenderServices } from './render-node.ts'
import type { RenderScope } from './render-scope.ts'

/** Renders a hook in the context of its node. Throws `AskSignal` for a question without an answer. */
export function renderHook(
  template: string,
  node: Renderable,
  asked: readonly Asked[],
  services: RenderServices,
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const { location } = { location: node.draft.configLocation }
  const parsed = services.renderer.parse({ path: location.file, text: template })
  const relocate = (complaint: Diagnostic): Diagnostic => ({
    ...complaint,
    message: `in a hook: ${complaint.message}`,
    location,
  })
  if (parsed.template === null) return { text: '', diagnostics: parsed.diagnostics.map(relocate) }
  const scope: RenderScope = {
    packageName: node.viewer.packageName,
    execute: true,
    isIncremental: false,
    self: node.self,
    config: node.config,
    model: node.model,
    ask: answering(asked),
    configure() {},
    log: services.log,
    resolve(reference) {
      const found = services.references.find(reference, node.viewer)
      return found === null ? { schema: '', name: '', cte: false } : { ...found.relation, cte: false }
    },
    increment: (_reference, relation) => services.renderer.relationText(relation),
  }
  const rendered = services.renderer.render(parsed.template, scope)
  return { text: (rendered.text ?? '').trim(), diagnostics: rendered.diagnostics.map(relocate) }
}
