import type { RelationName } from '@strata/core'
import type { ColumnUse } from './query-lineage.ts'

/** What a use is a use of: a column of a relation, or one of a recursive expression that is not resolved to its end yet. */
export type Origin =
  | { readonly kind: 'column'; readonly id: string; readonly relation: RelationName; readonly column: string }
  | { readonly kind: 'slot'; readonly id: string; readonly index: number; readonly owner: SlotOwner }

/** A recursive expression; `values` are there when it is resolved. */
export interface SlotOwner {
  values: readonly Value[] | null
}

/**
 * What happens to a value on its way: nothing but steps into JSON and casts; one of several is chosen (COALESCE), out of which
 * one can still step into JSON; something else is computed of it.
 */
export type Fate = 'kept' | 'chosen' | 'computed'

export interface Use {
  readonly origin: Origin
  readonly path: readonly string[]
  readonly fate: Fate
  /** Equal for equal uses. */
  readonly key: string
}

/** What the value of an expression is made of. */
export interface Value {
  readonly direct: readonly Use[]
  readonly condition: readonly Use[]
  readonly window: readonly Use[]
}

export type Role = keyof Value

export const roles: readonly Role[] = ['direct', 'condition', 'window']
export const noPath: readonly string[] = []
export const noValue: Value = { direct: [], condition: [], window: [] }

export function columnUse(relation: RelationName, column: string): Use {
  const id = `${relation.schema}\0${relation.name}\0${column}`
  return newUse({ kind: 'column', id, relation, column }, noPath, 'kept')
}

export function newUse(origin: Origin, path: readonly string[], fate: Fate): Use {
  const key = `${origin.id}\0${fate}${path.length === 0 ? '' : `\0${path.join('\0')}`}`
  return { origin, path, fate, key }
}

/** The use of what stands at `path` in the value of a use, to which `fate` happens then. */
export function deeper(use: Use, path: readonly string[], fate: Fate): Use {
  const steps = use.fate === 'computed' ? noPath : path
  const worse = worseOf(use.fate, fate)
  if (steps.length === 0 && worse === use.fate) return use
  return newUse(use.origin, steps.length === 0 ? use.path : [...use.path, ...steps], worse)
}

export function worseOf(one: Fate, other: Fate): Fate {
  if (one === 'kept' || other === 'computed') return other
  return one
}

/** A value in the making. */
export type Gathering = Readonly<Record<Role, Map<string, Use>>>

export function newGathering(): Gathering {
  return { direct: new Map(), condition: new Map(), window: new Map() }
}

/**
 * Adds a value that stands in a role: all that it is made of takes this role, except that of a direct part each keeps its own.
 * Whether something is passed on as it is says nothing but of direct uses.
 */
export function gather(
  into: Gathering,
  value: Value,
  role: Role = 'direct',
  path: readonly string[] = noPath,
  fate: Fate = 'kept',
): void {
  for (const own of roles) {
    const as = role === 'direct' ? own : role
    for (const use of value[own]) addUse(into, as, own === 'direct' ? deeper(use, path, fate) : use)
  }
}

export function addUse(into: Gathering, role: Role, use: Use): void {
  const added = role === 'direct' || use.fate === 'kept' ? use : newUse(use.origin, use.path, 'kept')
  if (!into[role].has(added.key)) into[role].set(added.key, added)
}

export function gathered({ direct, condition, window }: Gathering): Value {
  if (direct.size + condition.size + window.size === 0) return noValue
  return { direct: [...direct.values()], condition: [...condition.values()], window: [...window.values()] }
}

export function unite(...values: readonly Value[]): Value {
  const into = newGathering()
  for (const value of values) gather(into, value)
  return gathered(into)
}

/** Something is computed of it. */
export function computed(value: Value): Value {
  return inPath(value, noPath, 'computed')
}

export function inPath(value: Value, path: readonly string[], fate: Fate = 'kept'): Value {
  const into = newGathering()
  gather(into, value, 'direct', path, fate)
  return gathered(into)
}

/** For those who read it, each once. Slots that nothing fills (of a query that cannot run) are left out. */
export function columnUses(uses: Iterable<Use>): ColumnUse[] {
  const found: ColumnUse[] = []
  const computedOnes = new Set<string>()
  for (const { origin, path, fate } of uses) {
    if (origin.kind !== 'column') continue
    const { relation, column, id } = origin
    const asIs = fate === 'kept'
    if (!asIs) {
      const key = [id, ...path].join('\0')
      if (computedOnes.has(key)) continue
      computedOnes.add(key)
    }
    found.push({ relation, column, path, asIs })
  }
  return found
}
