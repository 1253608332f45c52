import type { Graph, Job, NodeId, Plan } from '@strata/core'

/**
 * The jobs that land nothing, whose tables a plan needs all the same: those that are not active, of the tables that its steps read,
 * and those that it skips, be it that nobody has configured their source.
 */
export function idleJobsOf(plan: Plan, { nodes }: Pick<Graph, 'nodes'>): readonly Job[] {
  const known = new Map(nodes.map((node) => [node.id, node]))
  const skipped = new Set(
    plan.steps.flatMap((step) => (step.kind === 'job' && step.intent === 'skip' ? [step.id] : [])),
  )
  const seen = new Set<NodeId>()
  const idle: Job[] = []
  const look = (id: NodeId): void => {
    if (seen.has(id)) return
    seen.add(id)
    const node = known.get(id)
    if (node?.kind === 'job' && (!node.job.active || skipped.has(id))) idle.push(node.job)
    // An ephemeral model is read as part of its children.
    const isPassed =
      node?.kind === 'source' || (node?.kind === 'model' && node.config.materialized === 'ephemeral')
    if (node !== undefined && isPassed) for (const parent of node.parents) look(parent)
  }
  for (const step of plan.steps) {
    if (step.kind === 'job') {
      if (skipped.has(step.id)) look(step.id)
      continue
    }
    for (const parent of known.get(step.id)?.parents ?? []) look(parent)
  }
  return idle
}
