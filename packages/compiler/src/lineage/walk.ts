import type { Node } from '@pgsql/types'
import type { Resolution } from './resolution.ts'
import type { Scope } from './scope.ts'
import type { Fate, Gathering, Role, Value } from './use.ts'

/** How a node stands in the whole: in which role its value, and what is taken out of it. */
export interface Standing {
  readonly role: Role
  /** What is taken out of the value of the node. */
  readonly path: readonly string[]
  /** What happens to it further out. */
  readonly fate: Fate
}

export interface Walk {
  readonly resolution: Resolution
  readonly scope: Scope
  readonly into: Gathering
  /** The nodes of an expression in which something is computed of them, unless it is said otherwise. */
  visit(node: Node | undefined, standing?: Partial<Standing>): void
  /** Every node that a node holds. */
  visitAll(node: object): void
  /** The value of the node; that of something beside it where it is said in which role this stands. */
  add(value: Value, role?: Role): void
}
