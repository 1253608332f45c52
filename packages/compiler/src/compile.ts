import {
  type Diagnostic,
  deepFreeze,
  displayLocation,
  type Graph,
  type ModelNode,
  type Node,
  type NodeId,
} from '@strata/core'
import { orderNodes } from './graph/order-nodes.ts'
import { parseProperties } from './project/parse-properties.ts'
import type { ProjectSources } from './read-project.ts'
import { compileSelect } from './resolve/compile-select.ts'
import { draftFile } from './resolve/draft.ts'
import { draftModels, type ModelDraft } from './resolve/model-drafts.ts'
import { createReferences, type References } from './resolve/references.ts'
import type { CompileSettings } from './resolve/render-scope.ts'
import { createRenderer, type Renderer } from './resolve/renderer.ts'
import { sourceNodes } from './resolve/source-nodes.ts'
import { testNodes } from './resolve/test-nodes.ts'

export interface CompileOptions extends CompileSettings {
  /** SQL with templates to compile beside the project: `--inline`. */
  readonly inline?: string
}

export interface Compilation {
  /** Every node that could be compiled. Worth running only where the diagnostics hold no error. */
  readonly graph: Graph
  /** Every complaint, in the order of files and lines. */
  readonly diagnostics: readonly Diagnostic[]
  /** The compiled `inline` text. */
  readonly inline: string | null
}

/** Compiles a project for one target: files to graph. Never throws for what a user wrote; needs no database. */
export function compile(sources: ProjectSources, options: CompileOptions): Compilation {
  const { project } = sources
  const diagnostics: Diagnostic[] = [...sources.diagnostics]
  const collect = <T extends { readonly diagnostics: readonly Diagnostic[] }>(step: T): T => {
    diagnostics.push(...step.diagnostics)
    return step
  }

  const { properties } = collect(parseProperties(sources.properties))
  const declared = collect(sourceNodes(project.name, properties.sources, options.target))
  const renderer = createRenderer(project, options, [...sources.macros, ...sources.tests])
  diagnostics.push(...renderer.diagnostics)

  const drafted = collect(draftModels(project, sources.models, properties.models, options.target, renderer))
  const references = createReferences(project.name, drafted.models, drafted.absent, declared.sources)
  const models = compileModels(project.name, drafted.models, references, renderer, diagnostics)
  const { tests } = collect(
    testNodes({
      project,
      models: drafted.models,
      sources: declared.sources,
      sourceDeclarations: properties.sources,
      singular: sources.tests,
      references,
      renderer,
    }),
  )

  // Two nodes of one id have been complained of; the graph holds the first.
  const nodes = distinctById([...declared.jobs, ...declared.sources, ...models, ...tests])
  const drafts = new Map(drafted.models.map((draft) => [draft.id, draft]))
  const referenceAt = (node: Node, parent: NodeId) =>
    drafts.get(node.id)?.references.find((reference) => references.find(reference)?.id === parent)?.location
  const ordered = collect(orderNodes(nodes, referenceAt))
  const inline =
    options.inline === undefined ? null : compileInline(options.inline, references, renderer, diagnostics)
  return {
    graph: deepFreeze({ projectName: project.name, nodes: ordered.ordered }),
    diagnostics: sorted(diagnostics),
    inline,
  }
}

function compileModels(
  projectName: string,
  drafts: readonly ModelDraft[],
  references: References,
  renderer: Renderer,
  diagnostics: Diagnostic[],
): ModelNode[] {
  const compiled = drafts.map((draft) => {
    const incremental = draft.modelConfig.materialized === 'incremental'
    return { draft, ...compileSelect(draft, draft.relation, incremental, references, renderer) }
  })
  const tracked = new Set<NodeId>(compiled.flatMap(({ increments }) => increments.map((edge) => edge.parent)))
  return compiled.map(({ draft, select, parents, increments, diagnostics: complaints }): ModelNode => {
    diagnostics.push(...complaints)
    return {
      kind: 'model',
      id: draft.id,
      name: draft.name,
      packageName: projectName,
      fqn: draft.fqn,
      location: draft.location,
      description: draft.description,
      tags: draft.tags,
      meta: draft.meta,
      parents,
      relation: draft.relation,
      // A model whose increments another one reads records the transaction that wrote each of its rows.
      config: tracked.has(draft.id) ? { ...draft.modelConfig, track_changes: true } : draft.modelConfig,
      columns: draft.columns,
      rawCode: draft.file.text,
      select,
      increments,
    }
  })
}

function distinctById(nodes: readonly Node[]): readonly Node[] {
  const byId = new Map<NodeId, Node>()
  for (const node of nodes) if (!byId.has(node.id)) byId.set(node.id, node)
  return [...byId.values()]
}

function compileInline(
  text: string,
  references: References,
  renderer: Renderer,
  diagnostics: Diagnostic[],
): string {
  const drafted = draftFile({ path: '--inline', text }, renderer)
  diagnostics.push(...drafted.diagnostics)
  if (drafted.draft === null) return ''
  const compiled = compileSelect(drafted.draft, null, false, references, renderer)
  diagnostics.push(...compiled.diagnostics)
  return compiled.select.full
}

/** By file and place, each once: a template that is rendered several times complains several times. */
function sorted(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const distinct = new Map(
    diagnostics.map((diagnostic) => [
      `${displayLocation(diagnostic.location)} ${diagnostic.code} ${diagnostic.message}`,
      diagnostic,
    ]),
  )
  return [...distinct.values()].sort(
    (a, b) =>
      (a.location.file < b.location.file ? -1 : a.location.file > b.location.file ? 1 : 0) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column,
  )
}
