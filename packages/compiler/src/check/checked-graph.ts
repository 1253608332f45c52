import type {
  Database,
  Diagnostic,
  Graph,
  Location,
  Node,
  NodeId,
  Queryable,
  SeedNode,
  SourceNode,
} from '@strata/core'
import type { Shape } from '../lineage/query-lineage.ts'
import type { ProjectSources } from '../read/project-sources.ts'
import type { LateRenderer } from '../resolve/late-renderer.ts'
import type { ParsedSql } from '../sql/parse-sql.ts'

export interface TypedColumn {
  readonly name: string
  /** SQL, as `format_type` prints it. */
  readonly type: string
}

/** Which text of a node. */
export type SqlForm = 'full' | 'increment'

/** Where a piece of finished SQL was written. */
export interface SqlPlace {
  readonly location: Location
  readonly via?: readonly { readonly message: string; readonly location: Location }[]
}

export interface CheckOptions {
  readonly graph: Graph
  readonly sources: ProjectSources
  /** What templates call the target's database; empty: nothing. */
  readonly database: string
  /** What is to be checked; all that it stands on is typed along. Null: everything. */
  readonly nodes: ReadonlySet<NodeId> | null
  readonly late: Pick<LateRenderer, 'select' | 'runHook'>
  /** What `keep` gave the last time. */
  readonly kept: string | null
  /** What else decides how templates render: variables, the target. */
  readonly settings: string
  /** The columns of a seed's table; null: its file cannot be read. */
  readonly seedColumns: (seed: SeedNode) => Promise<readonly TypedColumn[] | null>
  /** Opens an empty scratch database, or a place on the target's own server. Called once, when something is to be typed. */
  readonly openScratch: () => Promise<Scratch>
  /** The target's database, for what is declared nowhere; null: it does not answer. */
  readonly openTarget: () => Promise<Queryable | null>
  /** `offset`: UTF-16 units of the text in that form; null: that is not known. */
  readonly locate: (node: NodeId, form: SqlForm, offset: number) => SqlPlace | null
  /** Is told of the full form of a node when it has been parsed, in graph order: what else is made of it need not parse it again. */
  readonly onParsed?: (node: NodeId, parsed: ParsedSql) => void
  readonly signal?: AbortSignal
}

/** Where relations are made to be typed. Whoever opened it removes it. */
export interface Scratch {
  readonly database: Database
  /** On a server where other things are: schemas whose names begin so are ours alone. Null: the whole database is. */
  readonly ownPrefix: string | null
}

export interface Unchecked {
  readonly node: Node
  /** In a few words: `its parent silver.visits has errors`. */
  readonly reason: string
  /** The node that has to be mended first. */
  readonly because: NodeId | null
  /** Whether the names in its SQL were looked at all the same, in which nothing wrong was found. */
  readonly byNames: boolean
}

export interface CheckedGraph {
  readonly diagnostics: readonly Diagnostic[]
  /** Models, snapshots and analyses that no server was asked about. */
  readonly unchecked: readonly Unchecked[]
  /** Sources of which no columns are known, and that something reads. */
  readonly unknownSources: readonly { readonly node: SourceNode; readonly reason: string }[]
  /** The columns of every node that has some; `columns` null: they are not known. */
  readonly shapes: ReadonlyMap<NodeId, Shape>
  readonly counts: {
    readonly models: number
    readonly sources: number
    readonly tests: number
    /** Models with errors. */
    readonly broken: number
    /** Nodes that the server was asked about; the others are as they were. */
    readonly asked: number
  }
  /** `server_version` of where it was checked, and of the target; null: not asked, or no answer. */
  readonly versions: { readonly scratch: string | null; readonly target: string | null }
  /** Text that makes the next check faster; null where the one that was given still says all. */
  readonly keep: () => string | null
}
