import type { Diagnostic } from '@strata/core'
import { TemplateError } from '../template/index.ts'
import { type Asked, AskSignal, answering } from './ask.ts'
import { relocated } from './relocated.ts'
import type { RenderScope } from './render-scope.ts'
import type { Renderable, RenderServices } from './renderable.ts'

/** Renders a hook in the context of its node. Throws `AskSignal` for a question without an answer. */
export function renderHook(
  template: string,
  node: Renderable,
  asked: readonly Asked[],
  services: RenderServices,
  /** What `is_incremental()` says; null: not known yet, and asking for it is a question as well. */
  isIncremental: boolean | null,
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const { location } = { location: node.draft.configLocation }
  const parsed = services.renderer.parse({ path: location.file, text: template })
  const relocate = (complaint: Diagnostic): Diagnostic =>
    relocated({ ...complaint, message: `in a hook: ${complaint.message}` }, location)
  if (parsed.template === null) return { text: '', diagnostics: parsed.diagnostics.map(relocate) }
  const unresolved: Diagnostic[] = []
  const scope: RenderScope = {
    packageName: node.viewer.packageName,
    execute: true,
    get isIncremental() {
      if (isIncremental === null) throw new AskSignal({ sql: '' })
      return isIncremental
    },
    self: node.self,
    config: node.config,
    model: node.model,
    ask: answering(asked),
    configure() {},
    log: services.log,
    resolve(reference) {
      const found = services.references.find(reference, node.viewer)
      const complaint = found === null ? services.references.complain(reference, node.viewer) : null
      if (complaint !== null) unresolved.push(complaint)
      if (found?.ephemeral) throw ephemeralHere(found.name)
      return found === null ? { schema: '', name: '', cte: false } : { ...found.relation, cte: false }
    },
    increment: (_reference, relation) => services.renderer.relationText(relation),
  }
  const rendered = services.renderer.render(parsed.template, scope)
  return {
    text: (rendered.text ?? '').trim(),
    diagnostics: [...unresolved, ...rendered.diagnostics].map(relocate),
  }
}

/** A hook or an operation is no SELECT that could begin with a common table expression. */
export function ephemeralHere(name: string): TemplateError {
  return new TemplateError(`ref('${name}') names an ephemeral model, which is no relation`, {
    code: 'EPHEMERAL_REF',
    hint: 'Materialize it as a view or table to use it in a hook or an operation.',
  })
}
