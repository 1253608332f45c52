import type { CompiledSelect } from './compiled-select.ts'
import type { Contract } from './contract.ts'
import type { DataTestConfig, Tally } from './data-test.ts'
import type { Location } from './diagnostic.ts'
import type { IncrementEdge, ParentWatermark } from './increment-edge.ts'
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
  /** As declared; absent: none. */
  readonly constraints?: readonly Constraint[]
  /** Whether its name is quoted; absent: nothing is said. */
  readonly quote?: boolean
}

/** What a contract asks of a column or a model. */
export interface Constraint {
  readonly type: string
  readonly name: string | null
  readonly expression: string | null
  /** Of one that stands at the model. */
  readonly columns?: readonly string[]
  readonly warnUnenforced: boolean
  readonly warnUnsupported: boolean
  /** The relation that a foreign key points to, as written. */
  readonly to: string | null
  readonly toColumns: readonly string[]
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
  /** Of these the ones that the template itself calls, and dbt's own: what artifacts list. Absent: not known apart. */
  readonly calls?: readonly string[]
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
  /** From when on it is not to be used any more, an ISO time; absent: nothing is said. */
  readonly deprecationDate?: string
  /** The column of times by which metrics are laid out, and coarser ones; absent: it is no time spine. */
  readonly timeSpine?: {
    readonly column: string
    readonly customGranularities: readonly { readonly name: string; readonly column: string | null }[]
  }
  /** Of several columns; absent: none. */
  readonly constraints?: readonly Constraint[]
  /** What of them and of its columns the database enforces; absent: nothing. */
  readonly contract?: Contract
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Of the file and of all that it imports. Absent: the file is all that there is. */
  readonly checksum?: string
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
  /** Constraints alone: the types of its columns are those of `columnTypes`. */
  readonly contract?: Contract
  /** Relative to the project directory. */
  readonly file: string
  /** sha256 of the file's bytes. */
  readonly checksum: string
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
  /** Of the hooks, as those of what has a template. */
  readonly macros?: readonly string[]
  readonly calls?: readonly string[]
}

/** The history of a relation's rows. */
export interface SnapshotNode extends NodeBase, Rendered {
  readonly kind: 'snapshot'
  readonly relation: RelationName
  readonly config: { readonly [option: string]: Json }
  readonly columns: readonly Column[]
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
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
  /** Of the source, beside that of the table. */
  readonly sourceDescription?: string
  readonly sourceMeta?: { readonly [key: string]: Json }
  readonly relation: RelationName
  readonly columns: readonly Column[]
  readonly config: { readonly [option: string]: Json }
  readonly loader: string | null
  /** As declared: `warn_after`, `error_after`, `filter`; null: none. */
  readonly freshness: Json
  readonly loadedAtField: string | null
  /** A template of SQL that gives when the newest row came; absent: none. */
  readonly loadedAtQuery?: string
  /** Its rows carry the transaction that wrote them (`changed_xid`), so that increments of it can be read. */
  readonly tracksChanges: boolean
  /** How new rows are found where it does not; absent: not at all. */
  readonly watermark?: ParentWatermark
}

export interface JobNode extends NodeBase {
  readonly kind: 'job'
  readonly job: Job
  readonly connector: Connector
}

export interface DataTestNode extends NodeBase, Rendered {
  readonly kind: 'data_test'
  readonly test: 'generic' | 'singular'
  /** `unique`, `not_null`, …; the file's name for a singular test. */
  readonly testName: string
  /** The node that it is about; null for a singular test. */
  readonly attachedTo: NodeId | null
  readonly column: string | null
  /** Where its failing rows are kept, if they are. */
  readonly storedAs?: RelationName
  readonly config: DataTestConfig
  /** What is written before the name of a generic test: `dbt_utils`; absent: nothing. */
  readonly namespace?: string
  /** The template that a generic test takes for its subject: `{{ get_where_subquery(ref('orders')) }}` */
  readonly subject?: string
  /** The arguments of a generic test, as declared. */
  readonly arguments: { readonly [name: string]: Json }
  /** Absent: its failing rows are counted by its SELECT alone. */
  readonly tally?: Tally
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
