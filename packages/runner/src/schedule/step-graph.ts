import type { NodeId, Step } from '@strata/core'

/** The steps of a plan by their number, with their neighbours. */
export interface StepGraph {
  readonly children: readonly (readonly number[])[]
  readonly parentCounts: readonly number[]
  /** What each step is expected to take, in milliseconds, or in whatever unit the caller counts. */
  readonly durations: readonly number[]
  /** What the longest way from this step to an end takes, itself included: the longest way first keeps all threads busy to the end. */
  readonly heights: readonly number[]
}

/** Steps must be in topological order, each once, and know only each other. Where nothing is known of durations, each step counts 1. */
export function stepGraph(steps: readonly Step[], durationOf: (step: Step) => number = () => 1): StepGraph {
  const numbers = new Map<NodeId, number>()
  const children: number[][] = steps.map(() => [])
  for (const [number, step] of steps.entries()) {
    if (numbers.has(step.id)) throw new Error(`the plan has ${step.id} twice`)
    for (const parent of step.parents) {
      const found = numbers.get(parent)
      if (found === undefined)
        throw new Error(`the plan has ${step.id} before its parent ${parent}, or not at all`)
      children[found]!.push(number)
    }
    numbers.set(step.id, number)
  }
  const durations = steps.map(durationOf)
  const heights = [...durations]
  for (let number = steps.length - 1; number >= 0; number--) {
    for (const child of children[number]!)
      heights[number] = Math.max(heights[number]!, heights[child]! + durations[number]!)
  }
  return { children, parentCounts: steps.map((step) => step.parents.length), durations, heights }
}
