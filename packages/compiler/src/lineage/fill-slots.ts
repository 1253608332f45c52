import {
  addUse,
  deeper,
  type Gathering,
  gathered,
  newGathering,
  noValue,
  type Role,
  roles,
  type SlotOwner,
  type Use,
  type Value,
} from './use.ts'

/**
 * The columns of a recursive expression, made of relations only: what it reads of itself comes from what its columns
 * come from. A step into JSON that every turn takes again is taken once: there would be no end of paths.
 */
export function fillSlots(owner: SlotOwner, columns: readonly Value[]): Value[] {
  return columns.map((column) => {
    const into = newGathering()
    const seen = new Set<string>()
    const open: (readonly [Role, Use])[] = []
    for (const role of roles) for (const use of column[role]) open.push([role, use])
    for (let at = 0; at < open.length; at++) {
      const [role, use] = open[at]!
      const { origin } = use
      if (origin.kind !== 'slot' || origin.owner !== owner) {
        addUse(into, role, use)
        continue
      }
      const key = `${role}\0${use.key}`
      if (seen.has(key)) continue
      seen.add(key)
      const next = columns[origin.index]
      if (next === undefined) continue
      for (const own of roles) {
        for (const inner of next[own]) {
          if (inner.origin.kind === 'slot' && contains(use.path, inner.path)) continue
          open.push([
            role === 'direct' ? own : role,
            own === 'direct' ? deeper(inner, use.path, use.fate) : inner,
          ])
        }
      }
    }
    return gathered(into)
  })
}

/** Adds a use to what is gathered; one of a recursive expression that is resolved by now, by what that comes from. */
export function addFilled(into: Gathering, role: Role, use: Use): void {
  const values = use.origin.kind === 'slot' ? use.origin.owner.values : null
  if (use.origin.kind === 'column' || values === null) {
    addUse(into, role, use)
    return
  }
  const value = values[use.origin.index] ?? noValue
  for (const own of roles) {
    for (const inner of value[own])
      addFilled(
        into,
        role === 'direct' ? own : role,
        own === 'direct' ? deeper(inner, use.path, use.fate) : inner,
      )
  }
}

function contains(path: readonly string[], part: readonly string[]): boolean {
  if (part.length === 0) return false
  return path.some((_, at) => part.every((step, index) => path[at + index] === step))
}
