import type {
  Answer,
  ChangedKeys,
  Json,
  Location,
  ModelVersion,
  NodeId,
  RelationName,
  Tally,
  Target,
} from '@strata/core'
import type { Value } from '../template/index.ts'

/** What a template asked for by `ref()` or `source()`, before it is known whether it exists. */
export type Reference =
  | {
      readonly kind: 'ref'
      readonly packageName: string | null
      readonly name: string
      readonly version: ModelVersion | null
      readonly location: Location
    }
  | {
      readonly kind: 'source'
      readonly sourceName: string
      readonly tableName: string
      readonly location: Location
    }

/** The relation that a reference stands for; an ephemeral model stands as a common table expression of that name. */
export interface ReferencedRelation extends RelationName {
  readonly cte: boolean
  /** Printed in the place of its name: of a parent that is read by batches. */
  readonly mark?: string
}

/** What one template meets while it is rendered: while drafting, while the graph is known, or at its step. */
export interface RenderScope {
  /** The package of the file: its variables and macros come first. */
  readonly packageName: string
  /** False while drafting, as in dbt. */
  readonly execute: boolean
  readonly isIncremental: boolean
  /** `this`; `cte`: a common table expression stands for it. */
  readonly self: (RelationName & { readonly cte?: boolean }) | null
  resolve(reference: Reference): ReferencedRelation
  configure(options: { readonly [option: string]: Json }, location: Location): void
  /** The merged configuration, for `config.get()`; while drafting there is none. */
  readonly config: { readonly [option: string]: Json } | null
  /** The text that stands for the increment of an edge, or for a SELECT of the keys that changed along it. */
  increment(
    reference: Reference,
    relation: RelationName,
    location: Location,
    keys: ChangedKeys | null,
  ): string
  /** Asks the database. Throws `AskSignal` where there is no answer yet. */
  ask(sql: string): Answer
  /** `model`: the node as the manifest has it. */
  readonly model: (() => Value) | null
  /** Further names, before all others. */
  readonly names?: ReadonlyMap<string, Value>
  log(message: string): void
  /** Called with the id of each macro that the template looks up. */
  onMacro?(id: string): void
  /** Called with the id of each macro that the template itself calls, dbt's own among them, also where ours is a function. */
  onCall?(id: string): void
  /** Note where each part of the text was written. */
  readonly trace?: boolean | undefined
  /** What the template is told in the place of what is so; absent: nothing. */
  readonly overrides?: ScopeOverrides
  /** The node; absent: there is none yet. */
  readonly nodeId?: NodeId
  /** Told how the rows of a SELECT can be counted, by the built-in tests. */
  onTally?(sql: string, tally: Tally): void
}

export interface ScopeOverrides {
  /** What macros return, by `name` and `package.name`. */
  readonly macros: { readonly [name: string]: Json }
  readonly values: ReadonlyMap<string, Value>
  readonly vars: { readonly [name: string]: Json }
  readonly environment: { readonly [name: string]: Json }
}

/** What is the same for every file of one compilation. */
export interface CompileSettings {
  readonly target: Target
  readonly vars: { readonly [name: string]: Json }
  /** `undefined`: not set; core's `forbiddenVariable`: not for templates. */
  readonly environmentVariable: (name: string) => string | undefined
  readonly runStartedAt: Date
  readonly invocationId: string
  readonly fullRefresh: boolean
  /** Data tests keep their failing rows unless they say otherwise: `flags.STORE_FAILURES`. Default: false. */
  readonly storeFailures?: boolean
  /** The command's name: `flags.WHICH`. */
  readonly command: string
  /** Of Strata: what another one kept is worth nothing. */
  readonly version?: string
  /** Who connects to where, for templates that ask; absent: not known before connecting. */
  readonly connection?: { readonly host: string; readonly port: number; readonly user: string }
  readonly log: (message: string) => void
  /** Relations that references to these nodes lead to, in the place of their own. */
  readonly deferred?: ReadonlyMap<NodeId, RelationName>
  /** Ids of the nodes that the command works on, once they are known: `selected_resources`. */
  readonly selectedResources?: () => readonly string[]
}
