import { createHash } from 'node:crypto'
import {
  type BatchSettings,
  deepFreeze,
  type Graph,
  type JobNode,
  type ModelNode,
  type ModelStep,
  type Node,
  type NodeId,
  type Plan,
  type RunArguments,
  type SeedNode,
  type Step,
  shapeOptions,
  type Target,
  type UnitTestBody,
} from '@strata/core'
import { once } from '../once.ts'
import { batchSettings } from '../resolve/microbatch-config.ts'
import { findGates, type Gates, noGates } from './find-gates.ts'
import { findMarked, type Marked, withMark } from './find-marked.ts'
import { gated } from './gated.ts'
import { snapshotStep } from './snapshot-step.ts'
import { testStep, testsTogether } from './test-step.ts'
import { unitTestStep, unitTestsFirst } from './unit-test-step.ts'

export interface PlanOptions {
  readonly command: string
  readonly target: Target
  /** Which kinds of node become steps. */
  readonly kinds: readonly Step['kind'][]
  readonly fullRefresh: boolean
  /** `ModelStep.allowEmpty`. Default: false. */
  readonly allowEmpty?: boolean
  /** `BatchSettings.only` of every model that is built in batches. */
  readonly batches?: NonNullable<BatchSettings['only']>
  /** `SnapshotStep.takeOver`. Default: false. */
  readonly takeOver?: boolean
  /** Data tests keep their failing rows unless they say otherwise. Default: false. */
  readonly storeFailures?: boolean
  /** What the unit tests do that become steps, by their ids. */
  readonly unitTests?: ReadonlyMap<NodeId, UnitTestBody>
  /** `Plan.arguments` */
  readonly arguments?: RunArguments
}

/**
 * The plan that carries out a command over the selected nodes: one step a node, in topological order, each with the
 * steps that must end before it, found through nodes that are not steps (sources).
 */
export function buildPlan(graph: Graph, selected: readonly Node[], options: PlanOptions): Plan {
  const chosen = new Map<NodeId, Node>()
  for (const node of selected)
    if (
      (options.kinds as readonly string[]).includes(node.kind) &&
      !isEphemeral(node) &&
      hasBody(node, options)
    )
      chosen.set(node.id, node)

  const nodes = once(() => new Map(graph.nodes.map((node) => [node.id, node])))
  const ordered = options.kinds.includes('model') ? unitTestsFirst(graph.nodes, chosen) : graph.nodes
  const gating = options.kinds.includes('model') && options.kinds.includes('data_test')
  const gates = gating ? findGates(graph, chosen, stepParentsOf(ordered, chosen, noGates)) : noGates
  const stepParents = stepParentsOf(ordered, chosen, gates)
  // A target that reads what another one lands leaves it as it is.
  const lands = (job: NodeId) => options.command === 'build' && (options.target.extract || chosen.has(job))
  const marked = findMarked(graph.nodes)
  const readersOf = readersOfIncrements(graph)
  const steps: Step[] = []
  for (const node of ordered) {
    if (!chosen.has(node.id)) continue
    const parents = stepParents.get(node.id) ?? []
    if (node.kind === 'job') steps.push(jobStep(node, parents))
    else if (node.kind === 'model') steps.push(modelStep(node, parents, marked, readersOf, options))
    else if (node.kind === 'seed') steps.push(seedStep(node, parents, marked, options.fullRefresh))
    else if (node.kind === 'snapshot') steps.push(snapshotStep(node, parents, marked, options))
    else if (node.kind === 'data_test')
      steps.push(testStep(node, parents, nodes(), marked, options.storeFailures ?? false, lands))
    else if (node.kind === 'unit_test')
      steps.push(unitTestStep(node, parents, options.unitTests!.get(node.id)!))
  }
  const { command, target, arguments: asked } = options
  return deepFreeze({
    version: 1,
    command,
    target,
    steps: command === 'test' ? testsTogether(steps) : gated(steps, gates),
    ...(asked === undefined ? {} : { arguments: asked }),
  })
}

/** An ephemeral model lives in the SQL of its children. */
function isEphemeral(node: Node): boolean {
  return node.kind === 'model' && node.config.materialized === 'ephemeral'
}

/** A unit test that could not be rendered is no step: that has been told. */
function hasBody(node: Node, { unitTests }: PlanOptions): boolean {
  return node.kind !== 'unit_test' || unitTests?.has(node.id) === true
}

/** For each chosen node, the nearest chosen nodes above it. */
function stepParentsOf(
  nodes: readonly Node[],
  chosen: ReadonlyMap<NodeId, Node>,
  { ofSource }: Gates,
): Map<NodeId, readonly NodeId[]> {
  const sourceTests = new Set([...ofSource.values()].flat())
  const nearest = new Map<NodeId, readonly NodeId[]>()
  for (const node of nodes) {
    const found = new Set<NodeId>()
    for (const parent of node.parents) {
      if (chosen.has(parent)) found.add(parent)
      else for (const above of nearest.get(parent) ?? []) found.add(above)
    }
    if (node.kind === 'data_test') for (const test of sourceTests) found.delete(test)
    for (const test of ofSource.get(node.id) ?? []) found.add(test)
    nearest.set(node.id, [...found])
  }
  return nearest
}

function jobStep(node: JobNode, parents: readonly NodeId[]): Step {
  const { id, name, job, connector } = node
  if (!job.active) {
    return {
      kind: 'job',
      id,
      name,
      parents,
      intent: 'skip',
      reason: job.reason ?? 'not active',
      job,
      connector,
    }
  }
  return {
    kind: 'job',
    id,
    name,
    parents,
    intent: 'land',
    reason: 'reached by the selection',
    job,
    connector,
  }
}

function modelStep(
  node: ModelNode,
  parents: readonly NodeId[],
  marked: Marked,
  readersOf: (id: NodeId) => readonly string[],
  options: PlanOptions,
): ModelStep {
  return {
    kind: 'model',
    id: node.id,
    name: `${node.relation.schema}.${node.relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation: node.relation,
    config: withMark(node, marked),
    ...(node.contract === undefined ? {} : { contract: node.contract }),
    select: node.select,
    late: node.late,
    increments: node.increments,
    ...batchesOf(node, options),
    preHooks: node.preHooks,
    postHooks: node.postHooks,
    fingerprint: fingerprintOf(node),
    ...recordingOf(node, readersOf),
    fullRefresh: wantsFullRefresh(node, options.fullRefresh),
    ...(options.allowEmpty === true ? { allowEmpty: true } : {}),
    description: node.description.trim(),
    columnDescriptions: columnDescriptions(node),
  }
}

function batchesOf({ config }: ModelNode, options: PlanOptions): Pick<ModelStep, 'batches'> {
  const settings = batchSettings(config)
  if (settings === null) return {}
  return { batches: options.batches === undefined ? settings : { ...settings, only: options.batches } }
}

/** The model's own `full_refresh` has the last word, as in dbt. */
function wantsFullRefresh(node: ModelNode, asked: boolean): boolean {
  const own = node.config['full_refresh']
  return typeof own === 'boolean' ? own : asked
}

function seedStep(node: SeedNode, parents: readonly NodeId[], marked: Marked, fullRefresh: boolean): Step {
  const { id, relation, config, file, checksum, preHooks, postHooks, description } = node
  const promises = (node.contract?.constraints ?? []).map(({ name, definition }) => [name, definition])
  const shape = [checksum, config.columnTypes, config.quoteColumns, config.delimiter]
  return {
    kind: 'seed',
    id,
    name: `${relation.schema}.${relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation,
    config: withMark(node, marked),
    file,
    checksum,
    preHooks,
    postHooks,
    ...(node.contract === undefined ? {} : { contract: node.contract }),
    fingerprint: createHash('md5')
      .update(JSON.stringify(promises.length === 0 ? shape : [...shape, promises]))
      .digest('hex'),
    fullRefresh,
    description: description.trim(),
    columnDescriptions: columnDescriptions(node),
  }
}

function columnDescriptions(node: ModelNode | SeedNode): { readonly [column: string]: string } {
  return Object.fromEntries(
    node.columns
      .filter((column) => column.description !== '')
      .map((column) => [column.name, column.description.trim()]),
  )
}

/**
 * Columns of a contract. Those of an incremental model are compared with its SELECT at every run, so that a contract that
 * it gets, or a constraint, builds nothing anew.
 */
function promised({ contract, config }: ModelNode): readonly unknown[] {
  const columns = contract?.columns ?? null
  if (columns === null || config.materialized === 'incremental') return []
  return [columns.map(({ name, type }) => [name, type.toLowerCase()])]
}

function readersOfIncrements(graph: Graph): (id: NodeId) => readonly string[] {
  const readers = once(() => {
    const found = new Map<NodeId, string[]>()
    for (const node of graph.nodes)
      if (node.kind === 'model')
        for (const { parent } of node.increments) found.set(parent, [...(found.get(parent) ?? []), node.name])
    return found
  })
  return (id) => [...new Set(readers().get(id))]
}

function recordingOf(
  node: ModelNode,
  readersOf: (id: NodeId) => readonly string[],
): Pick<ModelStep, 'recording'> {
  const { track_changes: tracks, ...config } = node.config
  if (tracks !== true) return {}
  return {
    recording: { readers: readersOf(node.id), fingerprintWithout: fingerprintOf({ ...node, config }) },
  }
}

/** A hash of what decides the content and shape of a model's relation: its SQL both ways, and its configuration. */
function fingerprintOf(node: ModelNode): string {
  const config = Object.entries(shapeOptions(node.config))
  return (
    createHash('md5')
      // The SQL of a late model is known at its step alone; what it is made from stands for it.
      .update(JSON.stringify([node.late ? node.rawCode : node.select, config, ...promised(node)]))
      .digest('hex')
  )
}
