import {
  type AnalysisNode,
  type Diagnostic,
  type Location,
  type ModelNode,
  manifestEntry,
  type Node,
  type NodeId,
  type SnapshotNode,
} from '@strata/core'
import { orderNodes } from '../graph/order-nodes.ts'
import { once } from '../once.ts'
import { fromJson } from '../template/index.ts'
import type { AnalysisDraft } from './analysis-drafts.ts'
import { batchEdges } from './batch-edges.ts'
import { contractOf } from './contract.ts'
import { type Draft, draftFile } from './draft.ts'
import type { DraftedProject } from './draft-project.ts'
import { type Edges, resolveEdges } from './edges.ts'
import { foreignKeyTarget } from './foreign-key-target.ts'
import { isMicrobatch } from './microbatch-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { PackageProject } from './package-project.ts'
import { rowsReadAgain } from './read-again.ts'
import type { Viewer } from './references.ts'
import type { Renderable } from './renderable.ts'
import type { Resolution } from './resolution.ts'
import { withInvokers } from './security-invoker.ts'
import type { SnapshotDraft } from './snapshot-drafts.ts'

/** The graph in order, its templates not rendered yet. */
export interface Assembled {
  readonly rootName: string
  /** Parents before children; the SQL of all is empty. */
  readonly nodes: readonly Node[]
  /** What is to be rendered, by the id of its node; not those with a reference that leads nowhere. */
  readonly renderables: ReadonlyMap<NodeId, Renderable>
  readonly ephemeral: (id: NodeId) => Renderable | undefined
  /** A text beside the project, as something to render. */
  inline(draft: Draft): { readonly renderable: Renderable; readonly diagnostics: readonly Diagnostic[] }
  readonly diagnostics: readonly Diagnostic[]
}

const noEdges: Edges = { parents: [], increments: [], complete: true, diagnostics: [] }

const nothingRendered = { select: { full: '', increment: null }, late: false }

/** Puts what was drafted together: edges, nodes, order. */
export function assemble(
  drafted: DraftedProject,
  packages: readonly PackageProject[],
  resolution: Resolution,
  /** Incremental models keep their rows when their SQL changes, as dbt's do. */
  keepsRows: boolean,
): Assembled {
  const { references } = drafted
  const rootName = packages[0]!.project.name
  const diagnostics: Diagnostic[] = []
  const nodes: Node[] = [...drafted.jobs, ...drafted.sources]
  const renderables = new Map<NodeId, Renderable>()
  const drafts = new Map<NodeId, { readonly draft: Draft; readonly viewer: Viewer }>()
  const place = (
    node: Node & { readonly config: unknown },
    draft: Draft,
    parts: Partial<Renderable>,
    edges: Edges,
  ) => {
    const viewer = { packageName: node.packageName, group: node.group }
    nodes.push(node)
    drafts.set(node.id, { draft, viewer })
    if (!edges.complete) return
    renderables.set(node.id, {
      id: node.id,
      draft,
      viewer,
      self: null,
      config: node.config as Renderable['config'],
      incremental: false,
      model: once(() => fromJson(manifestEntry(node, resolution.settings.target.database) as never)),
      ...parts,
    })
  }
  for (const seed of drafted.seeds) {
    // A seed has no template of its own; its hooks have.
    const { draft } = draftFile({ path: seed.location.file, text: '' }, seed.packageName, resolution.renderer)
    place(seed, draft!, { self: seed.relation }, noEdges)
  }
  const edgesOf = (draft: Draft, viewer: Viewer, incremental: boolean): Edges => {
    const edges = resolveEdges(draft, viewer, incremental, references)
    diagnostics.push(...edges.diagnostics)
    return edges
  }

  const modelEdges = drafted.models.map((model) => {
    const viewer = { packageName: model.packageName, group: model.group }
    const declared = edgesOf(model, viewer, model.modelConfig.materialized === 'incremental')
    const batched = batchEdges(model, viewer, declared, references, keepsRows)
    const { edges } = batched
    diagnostics.push(...batched.diagnostics)
    diagnostics.push(...rowsReadAgain(model, viewer, model.modelConfig, edges.increments, references))
    return edges
  })
  const tracked = new Set(modelEdges.flatMap(({ increments }) => increments.map((edge) => edge.parent)))
  for (const [index, model] of drafted.models.entries()) {
    const edges = modelEdges[index]!
    const { contract, diagnostics: complaints } = contractOf(model, {
      underContractOnly: keepsRows,
      pointsTo: foreignKeyTarget(model, references, resolution),
    })
    diagnostics.push(...complaints)
    const plain = modelNode(model, edges, tracked.has(model.id), keepsRows)
    const node = contract === undefined ? plain : { ...plain, contract }
    const incremental = model.modelConfig.materialized === 'incremental'
    place(node, model, { self: model.relation, incremental }, edges)
  }
  for (const snapshot of drafted.snapshots) {
    const edges = edgesOf(snapshot, { packageName: snapshot.packageName, group: snapshot.group }, false)
    place(snapshotNode(snapshot, edges), snapshot, { self: snapshot.relation }, edges)
  }
  for (const analysis of drafted.analyses) {
    const edges = edgesOf(analysis, { packageName: analysis.packageName, group: null }, false)
    place(analysisNode(analysis, edges), analysis, {}, edges)
  }
  nodes.push(...drafted.unitTests.map(({ node }) => node), ...drafted.exposures)

  // Two nodes of one id have been complained of; the graph holds the first.
  const distinct = [...new Map([...nodes].reverse().map((node) => [node.id, node])).values()].reverse()
  const referenceAt = (node: Node, parent: NodeId): Location | undefined => {
    const known = drafts.get(node.id)
    return known?.draft.references.find((one) => references.find(one, known.viewer)?.id === parent)?.location
  }
  const ordered = orderNodes(distinct, referenceAt)
  const inOrder = new Set(ordered.ordered.map((node) => node.id))
  for (const id of [...renderables.keys()]) if (!inOrder.has(id)) renderables.delete(id)
  const ephemeralIds = new Set(
    drafted.models.filter((model) => model.modelConfig.materialized === 'ephemeral').map((model) => model.id),
  )
  return {
    rootName,
    nodes: withInvokers(ordered.ordered),
    renderables,
    ephemeral: (id) => (ephemeralIds.has(id) ? renderables.get(id) : undefined),
    inline(draft) {
      const viewer = { packageName: rootName, group: null }
      const edges = resolveEdges(draft, viewer, false, references)
      const id = `inline.${viewer.packageName}`
      const renderable = {
        id,
        draft,
        viewer,
        self: null,
        config: draft.config,
        incremental: false,
        model: () => null,
      }
      return { renderable, diagnostics: edges.diagnostics }
    },
    diagnostics: [...diagnostics, ...ordered.diagnostics],
  }
}

function modelNode(draft: ModelDraft, edges: Edges, tracked: boolean, keepsRows: boolean): ModelNode {
  const { modelConfig, properties } = draft
  return {
    kind: 'model',
    ...templateParts(draft),
    patchPath: properties?.document.file ?? null,
    group: draft.group,
    parents: edges.parents,
    relation: draft.relation,
    // A model whose increments another one reads records the transaction that wrote each of its rows.
    config: {
      ...(keepsRows &&
      modelConfig.materialized === 'incremental' &&
      edges.increments.every(({ eventTime }) => eventTime !== undefined)
        ? { on_change: 'keep', on_schema_change: 'ignore' }
        : {}),
      ...(keepsRows && isMicrobatch(modelConfig) ? { outside_of_batch: 'keep' } : {}),
      ...modelConfig,
      ...(tracked ? { track_changes: true } : {}),
    },
    access: draft.access,
    version: draft.version,
    latestVersion: draft.latestVersion,
    preHooks: draft.preHooks,
    postHooks: draft.postHooks,
    ...(draft.checksum === null ? {} : { checksum: draft.checksum }),
    increments: edges.increments,
    ...(draft.deprecationDate === undefined ? {} : { deprecationDate: draft.deprecationDate }),
    ...(draft.timeSpine === undefined ? {} : { timeSpine: draft.timeSpine }),
    ...(draft.constraints === undefined ? {} : { constraints: draft.constraints }),
  }
}

function snapshotNode(draft: SnapshotDraft, edges: Edges): SnapshotNode {
  return {
    kind: 'snapshot',
    ...templateParts(draft),
    patchPath: draft.patchPath,
    group: draft.group,
    relation: draft.relation,
    preHooks: draft.preHooks,
    postHooks: draft.postHooks,
    parents: edges.parents,
    config: draft.snapshotConfig,
  }
}

function analysisNode(draft: AnalysisDraft, edges: Edges): AnalysisNode {
  return {
    kind: 'analysis',
    ...templateParts(draft),
    patchPath: draft.patchPath,
    group: null,
    parents: edges.parents,
    config: draft.analysisConfig,
  }
}

/** What every node has that a template makes. */
function templateParts(draft: ModelDraft | SnapshotDraft | AnalysisDraft) {
  const { id, name, packageName, fqn, location, description, tags, meta, columns, file, macros, calls } =
    draft
  return {
    id,
    name,
    packageName,
    fqn,
    location,
    description,
    tags,
    meta,
    columns,
    rawCode: file.text,
    macros,
    calls,
    ...nothingRendered,
  }
}
