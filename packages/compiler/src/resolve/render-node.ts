import type { Answer, CompiledSelect, Diagnostic, NodeId, RelationName } from '@strata/core'
import type { Value } from '../template/index.ts'
import { type Asked, AskSignal, answering } from './ask.ts'
import type { Draft } from './draft.ts'
import { type CteSource, injectCtes } from './ephemeral.ts'
import { incrementMark, toFragments } from './fragments.ts'
import type { Config } from './merge-config.ts'
import type { References, Viewer } from './references.ts'
import type { Reference, RenderScope } from './render-scope.ts'
import type { Renderer } from './renderer.ts'

/** A node's template with all that its rendering depends on, once the graph is known. */
export interface Renderable {
  readonly id: NodeId
  readonly draft: Draft
  readonly viewer: Viewer
  /** `this`; null: the node has no relation. */
  readonly self: RelationName | null
  readonly config: Config
  /** Has an incremental form beside the full one. */
  readonly incremental: boolean
  readonly model: () => Value
  /** Told what the template declares while it is rendered, for templates that are not drafted before. */
  readonly observe?: {
    reference(reference: Reference): void
    configure(options: Config): void
  }
}

export interface RenderServices {
  readonly renderer: Renderer
  readonly references: References
  /** The ephemeral model of an id, to be put before the SQL of those that refer to it. */
  readonly ephemeral: (id: NodeId) => Renderable | undefined
  readonly log: (message: string) => void
  /** A template that fails while it executes fails its own step alone. */
  readonly forgiving: boolean
}

export interface RenderedNode {
  /** Null: it asks the database and can only be rendered at its step. */
  readonly select: CompiledSelect | null
  /** Ids of the macros that it looked up, in order of first use. */
  readonly macros: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Renders a node without a database: whole, and in its incremental form where it has one. */
export function renderNode(node: Renderable, services: RenderServices): RenderedNode {
  const diagnostics: Diagnostic[] = []
  const macros = new Set<string>()
  const render = (isIncremental: boolean): string => {
    const rendered = renderText(node, isIncremental, answering([]), services)
    diagnostics.push(...rendered.diagnostics)
    for (const id of rendered.macros) macros.add(id)
    return rendered.text
  }
  try {
    const full = render(false)
    if (!node.incremental) return { select: { full, increment: null }, macros: [...macros], diagnostics }
    const differs = node.draft.increments.length > 0 || usesIsIncremental(node)
    const second = differs ? render(true) : full
    return { select: { full, increment: toFragments(second) }, macros: [...macros], diagnostics }
  } catch (signal) {
    if (!(signal instanceof AskSignal)) throw signal
    return { select: null, macros: [...new Set([...node.draft.macros, ...macros])], diagnostics }
  }
}

/** A macro may ask `is_incremental()` as well: its text is looked at too. */
function usesIsIncremental(node: Renderable): boolean {
  const { template, file, macros } = node.draft
  return template.kind === 'typescript' || /\bis_incremental\b/.test(file.text) || macros.length > 0
}

/**
 * Renders one form of a node at its step, with the answers that the database has given so far. Throws `AskSignal` for the
 * next question.
 */
export function renderLate(
  node: Renderable,
  isIncremental: boolean,
  asked: readonly Asked[],
  services: RenderServices,
): { readonly select: CompiledSelect; readonly diagnostics: readonly Diagnostic[] } {
  const { text, diagnostics } = renderText(node, isIncremental, answering(asked), services)
  const select = isIncremental ? { full: '', increment: toFragments(text) } : { full: text, increment: null }
  return { select, diagnostics }
}

interface RenderedText {
  readonly text: string
  readonly macros: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

function renderText(
  node: Renderable,
  isIncremental: boolean,
  ask: (sql: string) => Answer,
  services: RenderServices,
): RenderedText {
  const ctes = new Map<NodeId, CteSource>()
  const own = renderAlone(node, isIncremental, ask, services, ctes)
  return {
    text: injectCtes(own.text, [...ctes.values()]),
    macros: own.macros,
    diagnostics: own.diagnostics,
  }
}

/** The node's own text; the ephemeral models that it refers to are added to `ctes`, those that they refer to before them. */
function renderAlone(
  node: Renderable,
  isIncremental: boolean,
  ask: (sql: string) => Answer,
  services: RenderServices,
  ctes: Map<NodeId, CteSource>,
): RenderedText {
  const { renderer, references } = services
  const macros = new Set<string>()
  const diagnostics: Diagnostic[] = []
  const scope: RenderScope = {
    packageName: node.viewer.packageName,
    execute: true,
    isIncremental,
    self: node.self,
    config: node.config,
    model: node.model,
    names: node.draft.names,
    ask,
    configure: (options) => node.observe?.configure(options),
    log: services.log,
    onMacro: (id) => macros.add(id),
    resolve(reference) {
      node.observe?.reference(reference)
      const found = references.find(reference, node.viewer)
      if (found === null) return { schema: '', name: '', cte: false }
      if (!found.ephemeral) return { ...found.relation, cte: false }
      const name = cteName(found.name)
      const parent = services.ephemeral(found.id)
      if (parent !== undefined && !ctes.has(found.id)) {
        const rendered = renderAlone(parent, false, ask, services, ctes)
        diagnostics.push(...rendered.diagnostics)
        ctes.set(found.id, { name, sql: rendered.text })
      }
      return { schema: '', name, cte: true }
    },
    increment(reference) {
      const found = references.find(reference, node.viewer)
      if (found === null) return ''
      return isIncremental ? incrementMark(found.id) : renderer.relationText(found.relation)
    },
  }
  const rendered = renderer.render(node.draft.template, scope)
  return {
    text: asSubquery(rendered.text ?? ''),
    macros,
    diagnostics: [...diagnostics, ...rendered.diagnostics],
  }
}

function cteName(name: string): string {
  return `__dbt__cte__${name}`
}

/** A SELECT becomes part of other statements: no blank lines around it, and no semicolon behind it. */
function asSubquery(sql: string): string {
  return sql.trim().replace(/(\s*;)+$/, '')
}
