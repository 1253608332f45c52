import type { ModelStep } from './plan.ts'
import type { RelationName } from './relation.ts'

export type RelationKind = 'table' | 'view' | 'materialized_view' | 'other'

/** A view that reads the relation directly or through others. */
export interface DependentView {
  readonly relation: RelationName
  /** 1 for a direct dependent; more for one that reads it through others as well (the longest way counts). */
  readonly depth: number
  readonly direct: boolean
  /** `pg_get_viewdef`, taken with only `pg_catalog` on the search path, so that every name is qualified. */
  readonly definition: string
  readonly options: readonly string[]
  /** Quoted role name of the owner. */
  readonly owner: string
  readonly kind: RelationKind
}

/** A relation as the catalog has it, read under the step's lock. */
export interface RelationFacts {
  readonly oid: string
  readonly kind: RelationKind
  /** In order; types as `format_type` prints them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** `md5(pg_get_viewdef(oid))` for views. */
  readonly definitionHash: string | null
  readonly options: readonly string[]
  readonly indexes: readonly {
    readonly name: string
    readonly definition: string
    readonly constraint: boolean
  }[]
  readonly dependentViews: readonly DependentView[]
  /** Statements that give a new table of the same name this one's owner, grants, policies and comments. */
  readonly carryOver: readonly string[]
}

/** How far one edge has been consumed, read under the step's lock. */
export interface EdgeFacts {
  readonly parent: string
  readonly relation: RelationName
  /** The stored `pg_snapshot`; null when nothing has been consumed, or when what was stored cannot be trusted. */
  readonly from: string | null
}

/** What is true at the moment a step holds its lock. */
export interface StepFacts {
  readonly relation: RelationFacts | null
  /** Fingerprint stored with the relation by the run that built it; null when Strata did not build it. */
  readonly fingerprint: string | null
  readonly definitionHash: string | null
  readonly edges: readonly EdgeFacts[]
  /** This transaction's `pg_current_snapshot()`, taken before its first write: the upper bound of every increment. */
  readonly snapshot: string
}

/** One thing the runner does while it publishes a relation, all in one transaction. */
export type PublishAction =
  /** Runs one statement; its row count is added to the named count of the result. */
  | {
      readonly kind: 'execute'
      readonly sql: string
      readonly counts?: 'rows' | 'inserted' | 'changed' | 'deleted'
    }
  /** Runs a query that must return nothing; each row it returns describes one offending key in a column `key`. */
  | {
      readonly kind: 'assert_empty'
      readonly sql: string
      readonly code: string
      readonly message: string
      readonly hint: string
    }
  /** Counts the staged or built rows: the query returns one row with a column `rows`. */
  | { readonly kind: 'count'; readonly sql: string }
  /** Statements that need strong locks for a moment: run under a lock timeout inside a savepoint, retried from it. */
  | { readonly kind: 'exchange'; readonly statements: readonly string[] }

/** How a step publishes, decided by the facts. */
export interface Publication {
  /** What really happens: `build`, `rebuild`, `increment`, `replace`, or `none` when all is as it should be. */
  readonly action: 'build' | 'rebuild' | 'increment' | 'replace' | 'none'
  readonly reason: string
  readonly actions: readonly PublishAction[]
}

/** One pure function per materialization; the runner is handed their union. */
export type Materialize = (step: ModelStep, facts: StepFacts) => Publication
