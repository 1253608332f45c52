import { type Diagnostic, type Graph, hasErrors, type Node } from '@strata/core'
import type { ProjectSources } from '../read-project.ts'
import type { CompileSettings } from '../resolve/render-scope.ts'
import type { Renderable } from '../resolve/renderable.ts'
import type { Renderer } from '../resolve/renderer.ts'
import type { NamedSelector } from '../select/named-selector.ts'
import { isTypeScript } from '../typescript/index.ts'
import { digest } from './compile-cache.ts'
import { keptGraphKey } from './kept-graph-key.ts'

/** What a model file declared when the graph was made: with the same of it only its SQL can be another one. */
export interface KeptModel {
  /** Digest of what its template declares, places left out. */
  readonly declared: string
  /** The node's macros as they are known without rendering it. */
  readonly macros: readonly string[]
  /** Index of the node in the graph. */
  readonly node: number
}

/** What is known of a graph beside its nodes. */
export interface KeptHeader {
  readonly key: string
  /** Names of environment variables, and digests of the values that were looked up. */
  readonly environment: readonly (readonly [name: string, found: string])[]
  /** Digest of the flags; null: nothing looked at them. */
  readonly flags: string | null
  /** Digests of the texts of all model files, by their paths. */
  readonly files: { readonly [path: string]: string }
  readonly models: { readonly [path: string]: KeptModel }
  /** Paths of models that are rendered in each compile. */
  readonly volatile: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  readonly selectors: readonly NamedSelector[]
}

export interface KeptGraph extends KeptHeader {
  readonly graph: Graph
  /** The manifest's entry of each node, in the order of the nodes. */
  readonly entries: readonly string[]
}

export interface ToKeep {
  readonly sources: ProjectSources
  readonly settings: CompileSettings
  readonly renderer: Renderer
  readonly renderables: ReadonlyMap<string, Renderable>
  readonly graph: Graph
  readonly diagnostics: readonly Diagnostic[]
  readonly selectors: readonly NamedSelector[]
  readonly entryText: (node: Node) => string
}

/** The last line: a text that was cut off has none. */
const end = 'end'

/**
 * A whole graph as text: one line of what it depends on, one with the graph, then one for each node's entry in the manifest.
 * Null where something else than a model is another one at any time, or there are errors.
 */
export function keptGraphText(given: ToKeep): string | null {
  const { sources, renderer, graph, diagnostics, selectors } = given
  const outside = renderer.recorder.outside()
  const all = [sources, ...sources.packages].flatMap((one) => one.models)
  if (outside === null || hasErrors(diagnostics) || all.some(({ path }) => isTypeScript(path))) return null
  const volatile = volatilePaths(given)
  if (volatile === null) return null
  const reads = [...outside, ...renderer.cache.reads()]
  const ofKind = (kind: string) =>
    new Map(reads.flatMap((read) => (read[0] === kind ? [[read[1], read[2]]] : [])))
  const header: KeptHeader = {
    key: keptGraphKey(sources, given.settings),
    environment: [...ofKind('env')],
    flags: ofKind('flags').get('') ?? null,
    files: Object.fromEntries(all.map(({ path, text }) => [path, digest(text)])),
    models: keptModels(given),
    volatile,
    diagnostics,
    selectors,
  }
  return [JSON.stringify(header), JSON.stringify(graph), ...graph.nodes.map(given.entryText), end].join('\n')
}

/** Null for a text that is none. */
export function openKeptGraph(text: string | null, key: () => string): KeptGraph | null {
  if (text === null || !text.endsWith(`\n${end}`)) return null
  try {
    const [first, second, ...entries] = text.split('\n')
    const header = JSON.parse(first!) as KeptHeader
    if (header.key !== key()) return null
    const graph = JSON.parse(second!) as Graph
    return entries.length === graph.nodes.length + 1 ? { ...header, graph, entries } : null
  } catch {
    return null
  }
}

/** Digest of what a template declares. Places are left out: they only tell where a complaint belongs. */
export function declaredDigest(kept: unknown): string {
  return digest(
    JSON.stringify(kept, (key, value: unknown) =>
      key === 'location' || key === 'configLocation' ? undefined : value,
    ),
  )
}

function keptModels({ sources, renderer, renderables, graph }: ToKeep): KeptHeader['models'] {
  const indexes = new Map(
    graph.nodes
      .map((node, index) => [node.location.file, { node, index }] as const)
      .filter(([, { node }]) => node.kind === 'model'),
  )
  const models: { [path: string]: KeptModel } = {}
  for (const { project, models: files } of [sources, ...sources.packages]) {
    for (const { path, text } of files) {
      const found = indexes.get(path)
      const renderable = found && renderables.get(found.node.id)
      const drafted = renderer.cache.resultOf('draft', [project.name, path, text])
      if (found === undefined || renderable === undefined || drafted === undefined) continue
      models[path] = {
        declared: declaredDigest(drafted),
        macros: renderable.draft.macros,
        node: found.index,
      }
    }
  }
  return models
}

/** Null where it is not only models that are. */
function volatilePaths({ renderer, renderables, sources }: ToKeep): readonly string[] | null {
  const models = new Set([sources, ...sources.packages].flatMap((one) => one.models.map(({ path }) => path)))
  const paths = new Set<string>()
  for (const [kind, inputs] of renderer.cache.volatile()) {
    const path =
      kind === 'draft'
        ? inputs[1]
        : kind === 'select'
          ? renderables.get(inputs[0] as string)?.draft.file.path
          : undefined
    if (typeof path !== 'string' || !models.has(path)) return null
    paths.add(path)
  }
  return [...paths]
}
