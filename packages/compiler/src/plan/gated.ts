import type { NodeId, Step } from '@strata/core'
import type { Gates } from './find-gates.ts'

/**
 * Steps with each test inside the step that it gates. That one waits for all else that its tests read. What lands, and the
 * tests of that, stand before what is built. Tests of a source that only tell of it see it without the rows that others quarantine.
 */
export function gated(steps: readonly Step[], { hostOf, ofSource }: Gates): readonly Step[] {
  if (hostOf.size + ofSource.size === 0) return steps
  const waitsFor = new Map<NodeId, Set<NodeId>>()
  for (const { id, parents } of steps) {
    const host = hostOf.get(id)
    if (host === undefined) continue
    const those = waitsFor.get(host) ?? new Set()
    for (const parent of parents) if (parent !== host) those.add(parent)
    waitsFor.set(host, those)
  }
  const sourceTests = new Set([...ofSource.values()].flat())
  const quarantining = new Set(
    steps.flatMap((step) => (step.kind === 'data_test' && step.quarantine !== undefined ? [step.id] : [])),
  )
  const behind = quarantinesBefore(ofSource, quarantining)
  const placed = steps.map((step): Step => {
    const host = hostOf.get(step.id)
    if (host !== undefined) return { ...step, within: host }
    const before = behind.get(step.id)
    if (before !== undefined) return { ...step, parents: [...new Set([...step.parents, ...before])] }
    const others = waitsFor.get(step.id)
    return others === undefined
      ? step
      : { ...step, gated: true, parents: [...new Set([...step.parents, ...others])] }
  })
  const isFirst = (step: Step) => step.kind === 'job' || sourceTests.has(step.id)
  return [
    ...parentsFirst([
      ...placed.filter(({ kind }) => kind === 'job'),
      ...placed.filter(({ id }) => sourceTests.has(id)),
    ]),
    ...placed.filter((step) => !isFirst(step)),
  ]
}

/** A job whose slices are taken from a source waits for the tests of that. */
function parentsFirst(steps: readonly Step[]): readonly Step[] {
  const waiting = new Map(steps.map((step) => [step.id, step]))
  const inOrder: Step[] = []
  const add = (step: Step) => {
    if (!waiting.delete(step.id)) return
    for (const id of step.parents) {
      const parent = waiting.get(id)
      if (parent !== undefined) add(parent)
    }
    inOrder.push(step)
  }
  for (const step of steps) add(step)
  return inOrder
}

/** For each test of sources that quarantines nothing itself, the tests that do so in what it reads. */
function quarantinesBefore(
  ofSource: Gates['ofSource'],
  quarantining: ReadonlySet<NodeId>,
): ReadonlyMap<NodeId, readonly NodeId[]> {
  const before = new Map<NodeId, readonly NodeId[]>()
  for (const tests of ofSource.values()) {
    const first = tests.filter((id) => quarantining.has(id))
    if (first.length === 0) continue
    for (const id of tests) if (!quarantining.has(id)) before.set(id, [...(before.get(id) ?? []), ...first])
  }
  return before
}
