import type { Location } from './diagnostic.ts'
import type { Connector, Job } from './job.ts'
import type { Json } from './json.ts'
import type { RelationName } from './relation.ts'

/** `<kind>.<package>.<name>`, unique in a graph: `model.clinical.patients`, `source.clinical.clinical_conductor.patients`. */
export type NodeId = string

export type NodeKind = Node['kind']

export type Materialization = 'view' | 'table' | 'incremental' | 'ephemeral' | 'materialized_view'

export interface Column {
  readonly name: string
  readonly description: string
  readonly dataType: string | null
  readonly meta: { readonly [key: string]: Json }
  readonly tags: readonly string[]
}

interface NodeBase {
  readonly id: NodeId
  /** What users call it in a selector. */
  readonly name: string
  readonly packageName: string
  /** Package, folders, name: what `fqn:` and plain selectors match. */
  readonly fqn: readonly string[]
  /** Where it is declared. */
  readonly location: Location
  readonly description: string
  readonly tags: readonly string[]
  readonly meta: { readonly [key: string]: Json }
  /** The file with the properties of the node; null: none, or it is declared there alone. */
  readonly patchPath: string | null
  readonly group: string | null
  /** Neighbours that must be there first, each once, in order of first mention. */
  readonly parents: readonly NodeId[]
}

/** SQL text with places where the increment of an edge goes; see `CompiledSelect`. */
export type Fragment = string | { readonly incrementOf: NodeId }

/** The finished SELECT of a model or data test. */
export interface CompiledSelect {
  /** For a full build: every relation whole. */
  readonly full: string
  /** For an incremental run of an incremental model: the same template with `is_incremental()` true. */
  readonly increment: readonly Fragment[] | null
}

/** An edge along which an incremental model reads only what is new: made by `increment()`. */
export interface IncrementEdge {
  readonly parent: NodeId
  readonly relation: RelationName
}

export interface ModelConfig {
  readonly materialized: Materialization
  /** Empty: no key. */
  readonly uniqueKey: readonly string[]
  readonly enabled: boolean
  readonly [option: string]: Json
}

/** SQL that runs before or after a model, or before or after a run. */
export interface Hook {
  /** As written, with its templates. */
  readonly template: string
  /** The finished SQL; null: it asks the database, and is rendered when its turn comes. */
  readonly sql: string | null
  /** False: outside the transaction of the step. */
  readonly transaction: boolean
}

/** A node whose SQL comes from a template. */
interface Rendered {
  readonly rawCode: string
  readonly select: CompiledSelect
  /** The template asks the database: it is rendered at its step, and `select` is empty until then. */
  readonly late: boolean
  /** Ids of the macros that the template called, `macro.<package>.<name>`, in order of first call. */
  readonly macros: readonly string[]
}

export type Access = 'private' | 'protected' | 'public'

export type ModelVersion = string | number

export interface ModelNode extends NodeBase, Rendered {
  readonly kind: 'model'
  readonly relation: RelationName
  readonly config: ModelConfig
  readonly columns: readonly Column[]
  readonly increments: readonly IncrementEdge[]
  readonly access: Access
  /** Null: the model has no versions. */
  readonly version: ModelVersion | null
  readonly latestVersion: ModelVersion | null
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
}

/** Options of a seed's file and of its table. */
export interface SeedConfig {
  /** Column name to SQL type, as declared; the others are inferred from the values. */
  readonly columnTypes: { readonly [column: string]: string }
  /** Whether the column names are taken as written; null and false: as Postgres folds them where they need no quotes. */
  readonly quoteColumns: boolean | null
  readonly delimiter: string
  readonly [option: string]: Json
}

/** A CSV file that becomes a table. */
export interface SeedNode extends NodeBase {
  readonly kind: 'seed'
  readonly relation: RelationName
  readonly config: SeedConfig
  readonly columns: readonly Column[]
  /** Relative to the project directory. */
  readonly file: string
  /** sha256 of the file's bytes. */
  readonly checksum: string
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
}

/** The history of a relation's rows. */
export interface SnapshotNode extends NodeBase, Rendered {
  readonly kind: 'snapshot'
  readonly relation: RelationName
  readonly config: { readonly [option: string]: Json }
  readonly columns: readonly Column[]
}

/** SQL that is compiled and never run. */
export interface AnalysisNode extends NodeBase, Rendered {
  readonly kind: 'analysis'
  readonly config: { readonly [option: string]: Json }
  readonly columns: readonly Column[]
}

/** What uses models outside of the project: a dashboard, an application. */
export interface ExposureNode extends NodeBase {
  readonly kind: 'exposure'
  readonly type: string
  readonly label: string | null
  readonly url: string | null
  readonly maturity: string | null
  readonly owner: { readonly [key: string]: Json }
  readonly config: { readonly [option: string]: Json }
}

/** A test of a model's logic on given rows. */
export interface UnitTestNode extends NodeBase {
  readonly kind: 'unit_test'
  readonly model: NodeId
  /** As declared: `given`, `expect`, `overrides`. */
  readonly definition: { readonly [key: string]: Json }
  readonly config: { readonly [option: string]: Json }
}

export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly sourceName: string
  readonly relation: RelationName
  readonly columns: readonly Column[]
  readonly config: { readonly [option: string]: Json }
  readonly loader: string | null
  /** As declared: `warn_after`, `error_after`, `filter`; null: none. */
  readonly freshness: Json
  readonly loadedAtField: string | null
  /** Its rows carry the transaction that wrote them (`changed_xid`), so that increments of it can be read. */
  readonly tracksChanges: boolean
}

export interface JobNode extends NodeBase {
  readonly kind: 'job'
  readonly job: Job
  readonly connector: Connector
}

/** How the failing rows of a data test are counted and judged. */
export interface DataTestConfig {
  readonly severity: 'error' | 'warn'
  /** Conditions on the count: `!= 0`, `> 10`. */
  readonly warnIf: string
  readonly errorIf: string
  /** The expression that counts: `count(*)`. */
  readonly failCalc: string
  readonly limit: number | null
  readonly [option: string]: Json
}

export interface DataTestNode extends NodeBase, Rendered {
  readonly kind: 'data_test'
  readonly test: 'generic' | 'singular'
  /** `unique`, `not_null`, …; the file's name for a singular test. */
  readonly testName: string
  /** The node that it is about; null for a singular test. */
  readonly attachedTo: NodeId | null
  readonly column: string | null
  readonly config: DataTestConfig
  /** The arguments of a generic test, as declared. */
  readonly arguments: { readonly [name: string]: Json }
}

export type Node =
  | JobNode
  | SourceNode
  | SeedNode
  | ModelNode
  | SnapshotNode
  | AnalysisNode
  | DataTestNode
  | UnitTestNode
  | ExposureNode

/** The compiled project: every node, in an order in which parents come before children. */
export interface Graph {
  readonly projectName: string
  readonly nodes: readonly Node[]
  /** Groups of models, by name. */
  readonly groups: readonly Group[]
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
