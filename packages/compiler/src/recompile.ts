import {
  type Diagnostic,
  type Graph,
  type ModelNode,
  manifestEntry,
  manifestText,
  type Node,
  type NodeId,
} from '@strata/core'
import { digest } from './cache/compile-cache.ts'
import { type KeptGraph, openKeptGraph } from './cache/kept-graph.ts'
import { keptGraphKey } from './cache/kept-graph-key.ts'
import { type Compilation, type CompileOptions, compile } from './compile.ts'
import { once } from './once.ts'
import type { ProjectSources } from './read-project.ts'
import { flagSettings } from './resolve/node-context.ts'
import { type KeptModels, keptModels, rerenderModels } from './resolve/rerender-models.ts'
import { createSqlPlaces, type Located, type SqlPlaces } from './resolve/sql-places.ts'

/** What a compilation leaves to the next one. A part is read when it is needed. */
export interface KeptTexts {
  /** What single templates declare and render to. */
  readonly results: string | null
  /** The whole graph. */
  readonly graph: string | null
}

export interface RecompileOptions extends Omit<CompileOptions, 'cache'> {
  readonly kept: KeptTexts
}

/** A compilation, and what it leaves to the next one: null for a part that still says all. */
export interface Recompilation extends Omit<Compilation, 'cache' | 'keptGraph'> {
  readonly keep: () => KeptTexts
}

/**
 * Compiles a project as `compile` does and with the same outcome. Where nothing but the SQL of a few models is another than
 * in the graph that was kept, these are rendered and the graph is taken as it is.
 */
export function recompile(sources: ProjectSources, options: RecompileOptions): Recompilation {
  const whole = (log = options.log) => compile(sources, { ...options, log, cache: options.kept.results })
  const again = options.inline === undefined ? fromKept(sources, options) : null
  if (again === null) {
    const { cache, keptGraph, ...made } = whole()
    return { ...made, keep: () => ({ results: cache(), graph: keptGraph() }) }
  }
  const { graph, kept, entryText } = again
  const wholeAgain = once(() => {
    // What it logs has been told.
    let told = false
    const made = whole((message) => {
      if (told) options.log(message)
    })
    told = true
    return made
  })
  const late = () => wholeAgain().late
  const unitTests = () => wholeAgain().unitTests
  return {
    graph,
    diagnostics: kept.diagnostics,
    inline: null,
    selectors: kept.selectors,
    manifest: (metadata) => manifestText(graph, metadata, entryText),
    late: {
      select: (...args) => late().select(...args),
      hook: (...args) => late().hook(...args),
      runHook: (...args) => late().runHook(...args),
      operation: (...args) => late().operation(...args),
      text: (...args) => late().text(...args),
    },
    unitTests: {
      bodies: (...args) => unitTests().bodies(...args),
      rendered: (...args) => unitTests().rendered(...args),
      detached: (...args) => unitTests().detached(...args),
      placeOf: (...args) => unitTests().placeOf(...args),
    },
    places: placesOfKept(again, sources, () => wholeAgain().places),
    keep: () => ({ results: null, graph: null }),
  }
}

/** More than so many edits are made quicker by compiling the whole, which also keeps their results. */
const mostEdits = 20

interface Rerendered {
  readonly graph: Graph
  readonly kept: KeptGraph
  readonly models: () => KeptModels
  readonly entryText: (node: Node) => string
}

/** A model is rendered again by itself; what else there is needs the whole. */
function placesOfKept(
  { graph, models }: Rerendered,
  sources: ProjectSources,
  whole: () => SqlPlaces,
): SqlPlaces {
  const byId = once(() => new Map(graph.nodes.map((node) => [node.id, node])))
  const found = new Map<NodeId, Located | null>()
  const find = (id: NodeId): Located | null => {
    const known = found.get(id)
    if (known !== undefined) return known
    const node = byId().get(id)
    const renderable =
      node?.kind === 'model' && !node.late ? models().renderableOf(node, node.packageName) : null
    const located = node === undefined || renderable === null ? null : { node, renderable }
    found.set(id, located)
    return located
  }
  const builtin = new Set(sources.builtin.map(({ path }) => path))
  const own = once(() => createSqlPlaces(find, models().services, builtin))
  return {
    locate: (id, form, offset) =>
      find(id) === null ? whole().locate(id, form, offset) : own().locate(id, form, offset),
  }
}

/** Null where anything is another than SQL, or might be. */
function fromKept(sources: ProjectSources, options: RecompileOptions): Rerendered | null {
  const kept = openKeptGraph(options.kept.graph, () => keptGraphKey(sources, options))
  if (kept === null || !seesTheSame(kept, options)) return null
  const volatile = new Set(kept.volatile)
  const edited = [sources, ...sources.packages].flatMap(({ project, models }) =>
    models
      .filter(({ path, text }) => volatile.has(path) || kept.files[path] !== digest(text))
      .map((file) => ({ file, packageName: project.name })),
  )
  if (edited.length > mostEdits + volatile.size) return null
  const complained = placesOf(kept.diagnostics)
  if (edited.some(({ file }) => kept.models[file.path] === undefined || complained.has(file.path)))
    return null
  const logged: string[] = []
  const settings = { ...options, log: (message: string) => logged.push(message) }
  const models = once(() => keptModels(sources, settings, kept))
  const changed = edited.length === 0 ? new Map<number, ModelNode>() : rerenderModels(models(), kept, edited)
  if (changed === null) return null
  for (const message of logged) options.log(message)
  const nodes = kept.graph.nodes.map((node, index) => changed.get(index) ?? node)
  const texts = new Map(
    kept.graph.nodes.map((node, index) => [changed.has(index) ? null : node, kept.entries[index]!] as const),
  )
  return {
    kept,
    models,
    graph: { ...kept.graph, nodes },
    entryText: (node) => texts.get(node) ?? JSON.stringify(manifestEntry(node, options.target.database)),
  }
}

function seesTheSame(kept: KeptGraph, options: RecompileOptions): boolean {
  const flags = kept.flags === null || kept.flags === digest(JSON.stringify(flagSettings(options)))
  return (
    flags &&
    kept.environment.every(
      ([name, found]) => found === digest(JSON.stringify(options.environmentVariable(name)) ?? ''),
    )
  )
}

function placesOf(diagnostics: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(
    diagnostics.flatMap(({ location, related = [] }) => [
      location.file,
      ...related.map((one) => one.location.file),
    ]),
  )
}
