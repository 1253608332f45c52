import type { DataTestNode, DataTestStep, FailureStore, Node, NodeId, Step } from '@strata/core'
import type { Marked } from './find-marked.ts'
import { quarantineOf } from './quarantine-of.ts'

/**
 * The step of a data test. `storesFailures`: tests keep their failing rows unless they say otherwise. `lands`: whether what
 * the job lands is this plan's to change.
 */
export function testStep(
  node: DataTestNode,
  parents: readonly NodeId[],
  nodes: ReadonlyMap<NodeId, Node>,
  marked: Marked,
  storesFailures: boolean,
  lands: (job: NodeId) => boolean,
): DataTestStep {
  const quarantine = quarantineOf(node, nodes, lands)
  const restricted = [node.id, ...node.parents].some((id) => marked.rows.has(id))
  const store = storeOf(node, restricted, storesFailures)
  return {
    kind: 'data_test',
    id: node.id,
    name: node.name,
    parents,
    intent: 'test',
    reason: quarantine === null ? 'selected' : 'moves failing rows out of bronze',
    select: node.select,
    late: node.late,
    config: node.config,
    ...(node.tally === undefined ? {} : { tally: node.tally }),
    // What is moved is kept where it goes.
    ...(store === null || quarantine !== null ? {} : { store }),
    ...(restricted ? { restricted: true as const } : {}),
    ...(quarantine === null ? {} : { quarantine }),
  }
}

/** Tests of one subject that one scan can count are carried out together with the first of them. */
export function testsTogether(steps: readonly Step[]): readonly Step[] {
  const hosts = new Map<string, NodeId>()
  return steps.map((step) => {
    if (step.kind !== 'data_test' || step.tally === undefined || step.store !== undefined) return step
    const host = hosts.get(step.tally.from)
    if (host !== undefined) return { ...step, within: host }
    hosts.set(step.tally.from, step.id)
    return step
  })
}

/** As in dbt: a table, unless a view or nothing was asked for. */
function storeOf(
  { config, storedAs }: DataTestNode,
  restricted: boolean,
  storesFailures: boolean,
): FailureStore | null {
  const configured = config['store_failures']
  const stores = typeof configured === 'boolean' ? configured : storesFailures
  if (!stores || storedAs === undefined) return null
  if (restricted) return { as: 'restricted' }
  return { as: config['store_failures_as'] === 'view' ? 'view' : 'table', relation: storedAs }
}
