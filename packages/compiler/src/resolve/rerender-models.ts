import { type ModelNode, manifestEntry } from '@strata/core'
import { declaredDigest, type KeptGraph } from '../cache/kept-graph.ts'
import { once } from '../once.ts'
import type { SourceText } from '../project/project-file.ts'
import type { ProjectSources } from '../read-project.ts'
import { fromJson } from '../template/index.ts'
import { draftFile } from './draft.ts'
import { holdsMarks } from './fragments.ts'
import { graphValue } from './graph-value.ts'
import { eventTimeOf } from './microbatch-config.ts'
import { isDbtProject } from './project-context.ts'
import { createReferences, type Referable } from './references.ts'
import { createGraphRenderer } from './render-graph.ts'
import type { CompileSettings } from './render-scope.ts'
import type { Renderable, RenderServices } from './renderable.ts'
import { createRenderer } from './renderer.ts'

interface EditedModel {
  readonly file: SourceText
  readonly packageName: string
}

/** What renders the models of a graph that was kept. */
export interface KeptModels {
  /** Null where the file declares something else than it did. */
  renderableOf(node: ModelNode, packageName: string): Renderable | null
  readonly services: RenderServices
}

/**
 * Renders models whose files were edited since the graph was kept, by their indexes in it. Null where an edit reaches
 * further than the SQL of its own model: it declares something else, another model inlines it, or there is something to
 * complain of.
 */
export function rerenderModels(
  { renderableOf, services }: KeptModels,
  kept: KeptGraph,
  edited: readonly EditedModel[],
): ReadonlyMap<number, ModelNode> | null {
  const { nodes } = kept.graph
  const graphRenderer = createGraphRenderer(services)
  const rendered = new Map<number, ModelNode>()
  for (const { file, packageName } of edited) {
    const { node: index, macros } = kept.models[file.path]!
    const node = nodes[index] as ModelNode
    if (node.config.materialized === 'ephemeral') return null
    const renderable = renderableOf(node, packageName)
    if (renderable === null) return null
    const bare = unrendered(node, file.text, macros)
    const done = graphRenderer.render(bare, renderable)
    // It looks at the whole graph, in which it stands itself.
    if (done === bare || graphRenderer.diagnostics.length > 0) return null
    rendered.set(index, done as ModelNode)
  }
  return rendered
}

export function keptModels(sources: ProjectSources, settings: CompileSettings, kept: KeptGraph): KeptModels {
  const graphs = graphValue(sources.project.name, settings.target.database)
  const values = {
    graph: graphs,
    selectedResources: () => fromJson([...(settings.selectedResources?.() ?? [])]),
  }
  const renderer = createRenderer(sources, settings, values, null)
  const { nodes } = kept.graph
  const files = new Map(
    [sources, ...sources.packages].flatMap(({ models }) => models.map((file) => [file.path, file] as const)),
  )
  const renderableOf = (node: ModelNode, packageName: string): Renderable | null => {
    const file = files.get(node.location.file)
    const known = kept.models[node.location.file]
    if (file === undefined || known === undefined || holdsMarks(file.text)) return null
    const { draft, diagnostics } = draftFile(file, packageName, renderer)
    if (draft === null || diagnostics.length > 0) return null
    const drafted = renderer.cache.resultOf('draft', [packageName, file.path, file.text])
    if (declaredDigest(drafted) !== known.declared) return null
    const bare = unrendered(node, file.text, known.macros)
    return {
      id: node.id,
      draft: { ...draft, macros: known.macros },
      viewer: { packageName, group: node.group },
      self: node.relation,
      config: node.config,
      incremental: node.config.materialized === 'incremental',
      model: once(() => fromJson(manifestEntry(bare, settings.target.database) as never)),
    }
  }
  const packageNames = [sources, ...sources.packages].map(({ project }) => project.name)
  // Where several packages have a name it is their order that decides.
  const inOrder = <T extends { readonly kind: string; readonly packageName: string }>(list: readonly T[]) =>
    [...list].sort(
      (a, b) =>
        kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
        packageNames.indexOf(a.packageName) - packageNames.indexOf(b.packageName),
    )
  const models = new Map(nodes.flatMap((node) => (node.kind === 'model' ? [[node.id, node] as const] : [])))
  const services: RenderServices = {
    renderer,
    references: createReferences({
      rootName: sources.project.name,
      referables: inOrder(nodes.flatMap((node): Referable[] => referableOf(node))),
      sources: inOrder(nodes.filter((node) => node.kind === 'source')),
      absent: {
        disabled: new Set(),
        disabledSources: new Set(),
        refusedSources: new Set(),
        broken: new Set(),
      },
      ownPackageFirst: sources.project.flags['require_ref_searches_node_package_before_root'] === true,
      restricted: new Set(),
    }),
    ephemeral(id) {
      const node = models.get(id)
      if (node?.config.materialized !== 'ephemeral') return undefined
      return renderableOf(node, node.packageName) ?? undefined
    },
    log: settings.log,
    forgiving: isDbtProject(sources),
  }
  return { renderableOf, services }
}

/** In the order in which they are looked up. */
const kinds = ['model', 'seed', 'snapshot', 'source']

/** As it was before its template was rendered. */
function unrendered(node: ModelNode, rawCode: string, macros: readonly string[]): ModelNode {
  return { ...node, rawCode, macros, select: { full: '', increment: null }, late: false }
}

function referableOf(node: KeptGraph['graph']['nodes'][number]): Referable[] {
  if (node.kind !== 'model' && node.kind !== 'seed' && node.kind !== 'snapshot') return []
  const { kind, id, name, packageName, relation } = node
  // Edges are known: what they are read by is not asked for.
  const eventTime = eventTimeOf(node.config)
  const own = { kind, id, name, packageName, relation, watermark: undefined, eventTime, model: null }
  if (node.kind !== 'model')
    return [{ ...own, version: null, latestVersion: null, ephemeral: false, tracksChanges: false }]
  const { version, latestVersion } = node
  const { materialized } = node.config
  const ephemeral = materialized === 'ephemeral'
  return [{ ...own, version, latestVersion, ephemeral, tracksChanges: materialized === 'incremental' }]
}
