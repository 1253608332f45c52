import type { NodeId, Step } from '@strata/core'

/**
 * The steps that are carried out by themselves, and for each of them those that it carries out together with itself. What
 * waits for a companion waits for its host.
 */
export function groupCompanions(steps: readonly Step[]): {
  readonly hosts: readonly Step[]
  readonly companionsOf: (host: Step) => readonly Step[]
} {
  const hostOf = new Map(
    steps.flatMap(({ id, within }) => (within === undefined ? [] : [[id, within] as const])),
  )
  if (hostOf.size === 0) return { hosts: steps, companionsOf: () => none }
  const companions = new Map<NodeId, Step[]>()
  for (const step of steps) {
    if (step.within === undefined) continue
    const those = companions.get(step.within)
    if (those === undefined) companions.set(step.within, [step])
    else those.push(step)
  }
  const known = new Set(steps.map(({ id }) => id))
  for (const host of companions.keys())
    if (!known.has(host) || hostOf.has(host))
      throw new Error(`the plan has no step ${host} that could have companions`)
  const hosts = steps.flatMap((step): Step[] => {
    if (step.within !== undefined) return []
    const parents = [...new Set(step.parents.map((parent) => hostOf.get(parent) ?? parent))]
    return [{ ...step, parents: parents.filter((parent) => parent !== step.id) }]
  })
  return { hosts, companionsOf: ({ id }) => companions.get(id) ?? none }
}

const none: readonly Step[] = []
