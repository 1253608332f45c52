import {
  deepFreeze,
  type Graph,
  type JobNode,
  type Node,
  type NodeId,
  type Plan,
  type RunArguments,
  type Step,
  type Target,
  type UnitTestBody,
} from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import { once } from '../once.ts'
import { findGates, type Gates, noGates } from './find-gates.ts'
import { findMarked } from './find-marked.ts'
import { gated } from './gated.ts'
import { type ModelStepOptions, modelStep } from './model-step.ts'
import { seedStep } from './seed-step.ts'
import { snapshotStep } from './snapshot-step.ts'
import { testStep, testsTogether } from './test-step.ts'
import { unitTestStep, unitTestsFirst } from './unit-test-step.ts'

export interface PlanOptions extends ModelStepOptions {
  readonly command: string
  readonly target: Target
  /** Which kinds of node become steps. */
  readonly kinds: readonly Step['kind'][]
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
