import type { Location } from './diagnostic.ts'
import type { Connector } from './job.ts'
import type { Json } from './json.ts'
import type { Hook, Node } from './node.ts'

/** The compiled project: every node, in an order in which parents come before children. */
export interface Graph {
  readonly projectName: string
  readonly nodes: readonly Node[]
  /** Groups of models, by name. */
  readonly groups: readonly Group[]
  /** Metrics, which Strata does not compute: their entries as dbt's manifest has them. */
  readonly metrics?: readonly MetricEntry[]
  /** Blocks of `{% docs %}`. */
  readonly docs?: readonly DocsBlock[]
  /** How each source is reached that says so, whether or not it has jobs. */
  readonly connectors?: readonly Connector[]
  /** Macros, by id. */
  readonly macros: readonly MacroEntry[]
  /** SQL of `on-run-start` and `on-run-end`, the packages' first, then the project's. */
  readonly onRunStart: readonly RunHook[]
  readonly onRunEnd: readonly RunHook[]
}

export interface Group {
  readonly name: string
  readonly packageName: string
  readonly owner: { readonly [key: string]: Json }
  readonly location: Location
}

export interface DocsBlock {
  readonly name: string
  readonly packageName: string
  readonly file: string
  readonly text: string
}

export interface MetricEntry {
  /** `metric.<package>.<name>` */
  readonly unique_id: string
  readonly [key: string]: Json
}

export interface MacroEntry {
  /** `macro.<package>.<name>` */
  readonly id: string
  readonly name: string
  readonly packageName: string
  readonly location: Location
  /** The text from its opening to its closing tag. */
  readonly text: string
}

export interface RunHook extends Hook {
  readonly packageName: string
  readonly location: Location
}
