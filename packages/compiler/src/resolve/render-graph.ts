import { type Diagnostic, type Hook, hasErrors, type Node, type NodeId } from '@strata/core'
import { AskSignal } from './ask.ts'
import { PostponeSignal } from './graph-value.ts'
import { relocated } from './relocated.ts'
import { renderHook } from './render-hook.ts'
import { type RenderedNode, renderNode } from './render-node.ts'
import type { Renderable, RenderServices } from './renderable.ts'

/** Renders the templates of a graph that ask no database. */
export interface GraphRenderer {
  readonly diagnostics: readonly Diagnostic[]
  /** The node with its SQL; a node that looks at the whole graph comes back as it is, to be rendered again later. */
  render(node: Node, renderable: Renderable): Node
  /** Renders what was put off, once the graph is known to its end, and the hooks, which see all of it. */
  finish(nodes: readonly Node[], renderables: ReadonlyMap<NodeId, Renderable>): readonly Node[]
}

export function createGraphRenderer(services: RenderServices): GraphRenderer {
  const diagnostics: Diagnostic[] = []
  const postponed = new Set<NodeId>()

  const render = (node: Node, renderable: Renderable): Node => {
    if (!hasTemplate(node)) return node
    let rendered: RenderedNode
    try {
      rendered = forgiving(renderNode(renderable, services), services)
    } catch (signal) {
      if (!(signal instanceof PostponeSignal)) throw signal
      postponed.add(node.id)
      return node
    }
    const { select, macros, tally, diagnostics: complaints } = rendered
    const isGeneric = node.kind === 'data_test' && node.test === 'generic'
    diagnostics.push(...complaints.map((one) => (isGeneric ? relocated(one, node.location) : one)))
    if (node.kind === 'model' && select !== null && !hasErrors(complaints) && isBlank(select.full))
      diagnostics.push(emptyModel(node, services))
    return {
      ...node,
      select: select ?? { full: '', increment: null },
      late: select === null,
      ...(tally === undefined ? {} : { tally }),
      // Those of hooks are known from the draft alone.
      macros: [...new Set([...macros, ...node.macros])],
    }
  }
  return {
    diagnostics,
    render,
    finish: (nodes, renderables) =>
      nodes.map((node) => {
        const renderable = renderables.get(node.id)
        if (renderable === undefined) return node
        const done = postponed.has(node.id) ? render(node, renderable) : node
        if (done.kind !== 'model' && done.kind !== 'seed' && done.kind !== 'snapshot') return done
        if (done.preHooks.length + done.postHooks.length === 0) return done
        const preHooks = hooks(done.preHooks, renderable, services, diagnostics)
        return { ...done, preHooks, postHooks: hooks(done.postHooks, renderable, services, diagnostics) }
      }),
  }
}

function isBlank(sql: string): boolean {
  if (!/^\s*(?:$|--|\/\*|;)/.test(sql)) return false
  return /^[\s;]*$/.test(sql.replace(/--.*|\/\*[\s\S]*?\*\//g, ''))
}

/** With dbt it fails when its turn comes, and no other model does. */
function emptyModel(node: Node, { forgiving }: RenderServices): Diagnostic {
  return {
    code: 'EMPTY_MODEL',
    severity: forgiving ? 'warning' : 'error',
    message: `the model "${node.name}" holds no query`,
    hint: 'Write a select, or switch the model off with {{ config(enabled=false) }}.',
    location: node.location,
  }
}

function hasTemplate(node: Node) {
  return (
    node.kind === 'model' || node.kind === 'data_test' || node.kind === 'snapshot' || node.kind === 'analysis'
  )
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
      const rendered = renderHook(hook.template, node, [], services, null)
      if (services.forgiving && hasErrors(rendered.diagnostics)) return { ...hook, sql: null }
      diagnostics.push(...rendered.diagnostics)
      return { ...hook, sql: rendered.text }
    } catch (signal) {
      if (!(signal instanceof AskSignal)) throw signal
      return { ...hook, sql: null }
    }
  })
}
