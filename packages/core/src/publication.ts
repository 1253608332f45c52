import type { ModelStep, SeedStep } from './plan.ts'
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
  /** The parent's oid as the step found it; null when it is not there. */
  readonly sourceOid: string | null
  /** The stored `pg_snapshot`; null when nothing has been consumed, or when what was stored cannot be trusted. */
  readonly from: string | null
  /** Why `from` is null, in a few words: `bronze.patients was replaced`. */
  readonly doubt: string | null
}

/** What decides the intent of a model's step. Known under the step's lock; `models plan` reads the same for all steps at once. */
export interface StepState {
  readonly relation: Pick<RelationFacts, 'kind' | 'definitionHash'> | null
  /** Fingerprint stored with the relation by the run that built it; null when there is none that can be trusted. */
  readonly fingerprint: string | null
  /** `definitionHash` as it was when that run had built the relation. */
  readonly definitionHash: string | null
  /** Why `fingerprint` is null although the relation exists, in a few words. */
  readonly doubt: string | null
  /** The relation exists, and nothing says that Strata built it: the step is refused. */
  readonly foreign: boolean
  readonly edges: readonly EdgeFacts[]
}

/** What is true at the moment a step holds its lock. */
export interface StepFacts extends StepState {
  readonly relation: RelationFacts | null
  /** This transaction's `pg_current_snapshot()`, taken before its first write: the upper bound of every increment. */
  readonly snapshot: string
}

/** A direct dependent view, created again on the relation that takes the place of a former one. */
export interface Repoint {
  readonly relation: RelationName
  /** As captured in the facts. The exchange is off when the view has another definition by then. */
  readonly definition: string
  readonly sql: string
}

/**
 * Puts one relation in the place of another, under strong locks held for a moment: inside a savepoint, under a lock
 * timeout, tried again from the savepoint. In the order of the fields.
 */
export interface Exchange {
  /** The name that the former relation has and the new one gets. */
  readonly name: RelationName
  /** Take the locks that `repoint` needs, outermost view first. */
  readonly locks: readonly string[]
  /** Afterwards the new relation stands under its name. */
  readonly statements: readonly string[]
  /** Innermost first. A view that Strata built and that cannot follow stays on the former relation until its own step; any other fails the step. */
  readonly repoint: readonly Repoint[]
  /** Dropped without CASCADE; kept, and recorded as ours, only while a view of ours stays on it. */
  readonly former: { readonly relation: RelationName; readonly kind: RelationKind } | null
  /** Give the new relation the former one's owner, grants, policies and comments; after its end, for some of them have names of their own. */
  readonly carryOver: readonly string[]
  /** Tried instead when `statements` fail with one of these SQLSTATEs. */
  readonly otherwise?: { readonly sqlstates: readonly string[]; readonly exchange: Exchange }
  /** The model's SELECT as it stands in `statements`: positions of errors are given in it. */
  readonly select?: string
}

/** One thing the runner does while it publishes a relation, all in one transaction. */
export type PublishAction =
  /**
   * Runs one statement; its row count is added to the named count of the result. `select` is the model's SELECT as it
   * stands in `sql`: positions of errors are given in it.
   */
  | {
      readonly kind: 'execute'
      readonly sql: string
      readonly select?: string
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
  | ({ readonly kind: 'exchange' } & Exchange)

/** How a step publishes, decided by the facts. */
export interface Publication {
  /** What really happens: `build`, `rebuild`, `increment`, `replace`, or `none` when all is as it should be. */
  readonly action: 'build' | 'rebuild' | 'increment' | 'replace' | 'none'
  readonly reason: string
  readonly actions: readonly PublishAction[]
  /**
   * The transaction-local setting in which an action leaves the snapshot that it read with, to be stored with the
   * edges instead of the one in the facts.
   */
  readonly boundSetting?: string
}

/** One pure function per materialization; the runner is handed their union. */
export type Materialize = (step: ModelStep, facts: StepFacts) => Publication

/** A column of a seed's table. */
export interface SeedColumn {
  readonly name: string
  /** SQL: inferred from the values, or as declared. */
  readonly type: string
}

/** How the table of a seed is made, once its columns are known. */
export interface SeedTable {
  /** The table that the rows go into, after `create` and before `publish`. */
  readonly into: RelationName
  readonly create: readonly PublishAction[]
  readonly publish: readonly PublishAction[]
}

/** How a seed's step publishes, decided by the facts. */
export interface SeedPublication {
  readonly action: 'build' | 'rebuild' | 'none'
  readonly reason: string
  /** Null for `none`: the file is not even read. */
  readonly tableOf: ((columns: readonly SeedColumn[]) => SeedTable) | null
}

export type MaterializeSeed = (step: SeedStep, facts: StepFacts) => SeedPublication
