import type { Node } from '@strata/core'
import type { GraphIndex } from './graph-index.ts'
import type { StateChanges } from './state-changes.ts'

/** What a method may look at beside the nodes themselves. */
export interface MethodContext {
  readonly index: GraphIndex
  readonly changes: StateChanges
}

export interface Method {
  /**
   * What it means to match nothing: `name`: something is called that does not exist, an error; `property`: nothing is like
   * that, a warning; `change`: nothing happened, which is news but no fault.
   */
  readonly tells: 'name' | 'property' | 'change'
  /** `state.x:` is no such thing, `config.x:` is. */
  readonly takesArgument?: true
  /** The nodes of a value. Throws `ConfigurationError` for a value that can never match. */
  find(value: string, argument: string, context: MethodContext): (node: Node, position: number) => boolean
  /** What there is to choose from, for near misses. */
  known?(context: MethodContext): Iterable<string>
  /** What to say where nothing matches and nothing comes near. */
  readonly hint?: string
}
