import { type CompiledSelect, type Diagnostic, hasErrors, type Tally } from '@strata/core'
import { isTypeScript } from '../typescript/index.ts'
import { type Asked, AskSignal, answering } from './ask.ts'
import { toFragments } from './fragments.ts'
import type { Config } from './merge-config.ts'
import { isMicrobatch } from './microbatch-config.ts'
import type { Reference } from './render-scope.ts'
import { renderText } from './render-text.ts'
import type { Renderable, RenderServices } from './renderable.ts'

export interface RenderedNode {
  /** Null: it asks the database and can only be rendered at its step. */
  readonly select: CompiledSelect | null
  /** Ids of the macros that it looked up, in order of first use. */
  readonly macros: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  /** Of a built-in test, where its SQL is that and nothing else. */
  readonly tally?: Tally
}

/** Renders a node without a database: whole, and in its incremental form where it has one. */
export function renderNode(node: Renderable, services: RenderServices): RenderedNode {
  const { draft, self, config, incremental, viewer } = node
  const { cache, recorder } = services.renderer
  const inputs = [node.id, draft.file.path, draft.file.text, self, config, incremental, viewer]
  const kept = cache.remember('select', inputs, () => recorder.record(() => renderAnew(node, services)))
  if (node.observe !== undefined) {
    for (const reference of kept.references) node.observe.reference(reference)
    node.observe.configure(kept.configured)
  }
  for (const message of kept.logged) services.log(message)
  return kept
}

interface KeptNode extends RenderedNode {
  /** What a finished template has said; one that is rendered again at its step says it there. */
  readonly logged: readonly string[]
  readonly references: readonly Reference[]
  readonly configured: Config
}

function renderAnew(node: Renderable, services: RenderServices): KeptNode {
  const diagnostics: Diagnostic[] = []
  const macros = new Set<string>()
  const references: Reference[] = []
  const logged: string[] = []
  let configured: Config = {}
  let tally: Tally | undefined
  const observed: Renderable = {
    ...node,
    observe: {
      reference: (reference) => references.push(reference),
      configure: (options) => {
        configured = { ...configured, ...options }
      },
    },
  }
  const render = (isIncremental: boolean): string => {
    // The second form says again what the first one said.
    const log = (message: string) => {
      if (!isIncremental) logged.push(message)
    }
    const rendered = renderText(observed, isIncremental, answering([]), { ...services, log, batch: 'later' })
    diagnostics.push(...rendered.diagnostics)
    for (const id of rendered.macros) macros.add(id)
    tally = rendered.tally
    return rendered.text
  }
  const finish = (select: CompiledSelect | null): KeptNode => ({
    select,
    macros: [...macros],
    diagnostics,
    ...(select === null || tally === undefined ? {} : { tally }),
    logged: select === null || (services.forgiving && hasErrors(diagnostics)) ? [] : logged,
    // Drafted nodes have declared both before.
    references: node.observe === undefined ? [] : references,
    configured: node.observe === undefined ? {} : configured,
  })
  try {
    const full = render(false)
    if (!node.incremental) return finish({ full, increment: null })
    const differs = node.draft.increments.length > 0 || isMicrobatch(node.config) || usesIsIncremental(node)
    const second = differs ? render(true) : full
    return finish({ full, increment: toFragments(second) })
  } catch (signal) {
    if (!(signal instanceof AskSignal)) throw signal
    for (const id of node.draft.macros) macros.add(id)
    return finish(null)
  }
}

/** A macro may ask `is_incremental()` as well: its text is looked at too. */
function usesIsIncremental(node: Renderable): boolean {
  const { file, macros } = node.draft
  return isTypeScript(file.path) || /\bis_incremental\b/.test(file.text) || macros.length > 0
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
