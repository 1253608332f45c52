import { createHash } from 'node:crypto'
import {
  type BatchSettings,
  type DataTestNode,
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
} from '@strata/core'
import { batchSettings } from '../resolve/microbatch-config.ts'

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
    if ((options.kinds as readonly string[]).includes(node.kind) && !isEphemeral(node))
      chosen.set(node.id, node)

  const stepParents = stepParentsOf(graph, chosen)
  const steps: Step[] = []
  for (const node of graph.nodes) {
    if (!chosen.has(node.id)) continue
    const parents = stepParents.get(node.id) ?? []
    if (node.kind === 'job') steps.push(jobStep(node, parents))
    else if (node.kind === 'model') steps.push(modelStep(node, parents, options))
    else if (node.kind === 'seed') steps.push(seedStep(node, parents, options.fullRefresh))
    else if (node.kind === 'data_test') steps.push(testStep(node, parents))
  }
  const { command, target, arguments: asked } = options
  return deepFreeze({
    version: 1,
    command,
    target,
    steps,
    ...(asked === undefined ? {} : { arguments: asked }),
  })
}

/** An ephemeral model lives in the SQL of its children. */
function isEphemeral(node: Node): boolean {
  return node.kind === 'model' && node.config.materialized === 'ephemeral'
}

/** For each chosen node, the nearest chosen nodes above it. */
function stepParentsOf(graph: Graph, chosen: ReadonlyMap<NodeId, Node>): Map<NodeId, readonly NodeId[]> {
  const nearest = new Map<NodeId, readonly NodeId[]>()
  for (const node of graph.nodes) {
    const found = new Set<NodeId>()
    for (const parent of node.parents) {
      if (chosen.has(parent)) found.add(parent)
      else for (const above of nearest.get(parent) ?? []) found.add(above)
    }
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

function modelStep(node: ModelNode, parents: readonly NodeId[], options: PlanOptions): ModelStep {
  return {
    kind: 'model',
    id: node.id,
    name: `${node.relation.schema}.${node.relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation: node.relation,
    config: withKeyPrivacy(node),
    select: node.select,
    late: node.late,
    increments: node.increments,
    ...batchesOf(node, options),
    preHooks: node.preHooks,
    postHooks: node.postHooks,
    fingerprint: fingerprintOf(node),
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

/** Errors name keys, unless a column of the key is marked as health information: then the whole model counts as marked. */
function withKeyPrivacy(node: ModelNode): ModelNode['config'] {
  const marked = node.columns.some(
    (column) => node.config.uniqueKey.includes(column.name) && column.meta['phi'] === true,
  )
  if (!marked && node.meta['phi'] !== true) return node.config
  return { ...node.config, meta: { ...node.meta, phi: true } }
}

function seedStep(node: SeedNode, parents: readonly NodeId[], fullRefresh: boolean): Step {
  const { id, relation, config, file, checksum, preHooks, postHooks, description } = node
  const shape = [checksum, config.columnTypes, config.quoteColumns, config.delimiter]
  return {
    kind: 'seed',
    id,
    name: `${relation.schema}.${relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation,
    config,
    file,
    checksum,
    preHooks,
    postHooks,
    fingerprint: createHash('md5').update(JSON.stringify(shape)).digest('hex'),
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

function testStep(node: DataTestNode, parents: readonly NodeId[]): Step {
  return {
    kind: 'data_test',
    id: node.id,
    name: node.name,
    parents,
    intent: 'test',
    reason: 'selected',
    select: node.select,
    late: node.late,
    config: node.config,
  }
}

/** A hash of what decides the content and shape of a model's relation: its SQL both ways, and its configuration. */
function fingerprintOf(node: ModelNode): string {
  const config = Object.entries(shapeOptions(node.config))
  return (
    createHash('md5')
      // The SQL of a late model is known at its step alone; what it is made from stands for it.
      .update(JSON.stringify([node.late ? node.rawCode : node.select, config]))
      .digest('hex')
  )
}
