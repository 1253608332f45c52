import { type Diagnostic, type Hook, hasErrors, type Node } from '@strata/core'
import { AskSignal } from './ask.ts'
import type { Assembled } from './assemble.ts'
import { renderHook } from './render-hook.ts'
import { type Renderable, type RenderedNode, type RenderServices, renderNode } from './render-node.ts'

/** Renders every template of the graph that asks no database. */
export function renderGraph(
  assembled: Assembled,
  services: RenderServices,
): { readonly nodes: readonly Node[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const nodes = assembled.nodes.map((node): Node => {
    const renderable = assembled.renderables.get(node.id)
    if (renderable === undefined) return node
    if (node.kind === 'seed') {
      const render = (list: readonly Hook[]) => hooks(list, renderable, services, diagnostics)
      return { ...node, preHooks: render(node.preHooks), postHooks: render(node.postHooks) }
    }
    const { select, macros, diagnostics: complaints } = forgiving(renderNode(renderable, services), services)
    const relocate = (complaint: Diagnostic): Diagnostic =>
      node.kind === 'data_test' && node.test === 'generic'
        ? { ...complaint, location: node.location }
        : complaint
    diagnostics.push(...complaints.map(relocate))
    const rendered = { select: select ?? { full: '', increment: null }, late: select === null, macros }
    if (node.kind === 'model') {
      return {
        ...node,
        ...rendered,
        preHooks: hooks(node.preHooks, renderable, services, diagnostics),
        postHooks: hooks(node.postHooks, renderable, services, diagnostics),
      }
    }
    return node.kind === 'data_test' || node.kind === 'snapshot' || node.kind === 'analysis'
      ? { ...node, ...rendered }
      : node
  })
  return { nodes, diagnostics }
}

/**
 * In a project of dbt's, what goes wrong while a template executes is that node's failure at its step, and no other's: as in
 * dbt the rest of the project runs.
 */
function forgiving(rendered: RenderedNode, services: RenderServices): RenderedNode {
  if (!services.forgiving || !hasErrors(rendered.diagnostics)) return rendered
  const diagnostics = rendered.diagnostics.map((diagnostic) => ({
    ...diagnostic,
    severity: 'warning' as const,
  }))
  return { ...rendered, select: null, diagnostics }
}

function hooks(
  list: readonly Hook[],
  node: Renderable,
  services: RenderServices,
  diagnostics: Diagnostic[],
): readonly Hook[] {
  return list.map((hook): Hook => {
    try {
      const rendered = renderHook(hook.template, node, [], services)
      if (services.forgiving && hasErrors(rendered.diagnostics)) return { ...hook, sql: null }
      diagnostics.push(...rendered.diagnostics)
      return { ...hook, sql: rendered.text }
    } catch (signal) {
      if (!(signal instanceof AskSignal)) throw signal
      return { ...hook, sql: null }
    }
  })
}
