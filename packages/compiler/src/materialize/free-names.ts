import { deriveName } from '@strata/core'

/** Gives names of which each is given once: what was given before gets a number behind it. */
export function freeNames(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    let name = wanted
    for (let copy = 2; taken.has(name); copy++) name = deriveName(wanted, `_${copy}`)
    taken.add(name)
    return name
  }
}
