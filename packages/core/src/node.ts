import type { Location } from './diagnostic.ts'
import type { Connector, Job } from './job.ts'
import type { Json } from './json.ts'
import type { RelationName } from './relation.ts'

/** `<kind>.<package>.<name>`, unique in a graph: `model.clinical.patients`, `source.clinical.clinical_conductor.patients`. */
export type NodeId = string

export type NodeKind =
  | 'job'
  | 'source'
  | 'seed'
  | 'model'
  | 'snapshot'
  | 'data_test'
  | 'unit_test'
  | 'exposure'

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

export interface ModelNode extends NodeBase {
  readonly kind: 'model'
  readonly relation: RelationName
  readonly config: ModelConfig
  readonly columns: readonly Column[]
  readonly rawCode: string
  readonly select: CompiledSelect
  readonly increments: readonly IncrementEdge[]
}

export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly sourceName: string
  readonly relation: RelationName
  readonly columns: readonly Column[]
  /** Its rows carry the transaction that wrote them (`changed_xid`), so that increments of it can be read. */
  readonly tracksChanges: boolean
}

export interface JobNode extends NodeBase {
  readonly kind: 'job'
  readonly job: Job
  readonly connector: Connector
}

export interface DataTestNode extends NodeBase {
  readonly kind: 'data_test'
  readonly test: 'generic' | 'singular'
  /** `unique`, `not_null`, …; the file's name for a singular test. */
  readonly testName: string
  /** The node that it is about; null for a singular test. */
  readonly attachedTo: NodeId | null
  readonly column: string | null
  readonly severity: 'error' | 'warn'
  readonly rawCode: string
  /** Returns the failing rows. */
  readonly select: CompiledSelect
}

export type Node = JobNode | SourceNode | ModelNode | DataTestNode

/** The compiled project: every node, in an order in which parents come before children. */
export interface Graph {
  readonly projectName: string
  readonly nodes: readonly Node[]
}
