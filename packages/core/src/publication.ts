import type { StoredContract } from './contract.ts'
import type { EdgeFacts } from './edge-facts.ts'
import type { ModelStep, SnapshotStep } from './plan.ts'
import type { RelationName } from './relation.ts'
import type { RelationFacts, RelationKind } from './relation-facts.ts'

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
  /** State key of the target that built it, where that is another one. */
  readonly builtBy?: string
  /** What the relation promised when it was last published; absent: nothing, or nobody has asked. */
  readonly contract?: StoredContract
  readonly edges: readonly EdgeFacts[]
}

/** A span of time `[from, to)`, as timestamps in UTC without a zone: `2024-01-31 00:00:00`. */
export interface TimeWindow {
  readonly from: string
  readonly to: string
}

/** What of a model that is built in batches a transaction is about. */
export interface BatchWindow extends TimeWindow {
  /** All batches from the first to the current one: the table is made ready, and filled only where it is built anew in one go. */
  readonly whole: boolean
}

/** What is true at the moment a step holds its lock. */
export interface StepFacts extends StepState {
  readonly relation: RelationFacts | null
  /** This transaction's `pg_current_snapshot()`, taken before its first write: the upper bound of every increment. */
  readonly snapshot: string
  /** Its hooks have written to a parent in this transaction: what they wrote is read with the rest, and `snapshot` sees it. */
  readonly ownWrites?: true
  /** Of a model that is built in batches. */
  readonly window?: BatchWindow
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
  /** Materialized views that read the former one and cannot be pointed elsewhere: those of ours stay on it until their own steps. */
  readonly stay?: readonly RelationName[]
  /** Dropped without CASCADE; kept, and recorded as ours, only while a view of ours stays on it. */
  readonly former: { readonly relation: RelationName; readonly kind: RelationKind } | null
  /** Give the new relation the former one's owner, grants, policies and comments; after its end, for some of them have names of their own. */
  readonly carryOver: readonly string[]
  /** What an error of `statements` is about. */
  readonly about?: Concern
  /** Tried instead when `statements` fail with one of these SQLSTATEs. */
  readonly otherwise?: { readonly sqlstates: readonly string[]; readonly exchange: Exchange }
  /** The model's SELECT as it stands in `statements`: positions of errors are given in it. */
  readonly select?: string
}

/** What a statement carries out, so that its failure can be told in terms of that. */
export interface Concern {
  /** `its option grants`, `the constraint positive, which somebody added` */
  readonly what: string
  readonly hint: string
  /** Classes of SQLSTATEs that the hint helps with, as `23`; absent: whatever rights have nothing to do with. */
  readonly hintFor?: readonly string[]
  /** What the statement is about from a character (code point, from 1) on; in their order. */
  readonly parts?: readonly { readonly from: number; readonly what: string; readonly hint: string }[]
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
      /** What an error of it is about. */
      readonly about?: Concern
      /** What is said when rows violate a constraint (SQLSTATE class 23); null: the error speaks for itself. */
      readonly violated?: (violation: Violation) => Violated | null
    }
  /** Runs a query that must return nothing; each row it returns describes one offending key in a column `key`. */
  | {
      readonly kind: 'assert_empty'
      readonly sql: string
      readonly code: string
      readonly message: string
      readonly hint: string
      readonly about?: Concern
    }
  /** Counts the staged or built rows: the query returns one row with a column `rows`. */
  | { readonly kind: 'count'; readonly sql: string }
  /**
   * The data tests that gate the step are asked here, reading `relation` in the place of the one that the step is about.
   * A publication without it is tested under its own name, at its end.
   */
  | { readonly kind: 'gate'; readonly relation: RelationName }
  | ({ readonly kind: 'exchange' } & Exchange)
  /** Runs statements; where the data makes one of them fail (SQLSTATE classes 21, 22, 23, P0), undoes them and runs the others. */
  | {
      readonly kind: 'attempt'
      readonly statements: readonly string[]
      readonly otherwise: readonly string[]
    }
  /**
   * The relation is altered in a transaction of its own, which is over in a moment; then the step begins anew, with
   * other facts. `said` goes with its result: `adds email`.
   */
  | { readonly kind: 'alter_first'; readonly statements: readonly string[]; readonly said: string }
  /** Asks the catalog or what was staged; what follows depends on the answer. `select` as above. */
  | {
      readonly kind: 'ask'
      readonly sql: string
      readonly select?: string
      readonly proceed: (rows: readonly AskedRow[]) => Continuation
    }

/** What Postgres says of a violated constraint: its name, or the column that may not be null. */
export interface Violation {
  readonly constraint: string | undefined
  readonly column: string | undefined
  /** `Key (id)=(1) is duplicated.`; undefined where it would tell more than a key. */
  readonly detail: string | undefined
}

export interface Violated {
  readonly message: string
  readonly hint: string
  /** A query for rows that violate it, one line of text each in a column `key`, told with the message. */
  readonly sample?: string
}

export type AskedRow = { readonly [column: string]: string | number | boolean | null }

/** What an answer leads to. The publication is called by `action` and `reason`, where they are there. */
export interface Continuation {
  readonly actions: readonly PublishAction[]
  readonly action?: Publication['action']
  readonly reason?: string
  /** Added to the message of the step. */
  readonly remark?: string
  /** The watermarks of change columns, by parent and column, to be stored with the edges. */
  readonly reached?: Reached
}

export type Reached = { readonly [parent: string]: { readonly [column: string]: string | null } }

/** How a step publishes, decided by the facts. */
export interface Publication {
  /** What really happens: `build`, `rebuild`, `alter`, `increment`, `replace`, or `none` when all is as it should be. */
  readonly action: 'build' | 'rebuild' | 'alter' | 'increment' | 'replace' | 'none'
  readonly reason: string
  readonly actions: readonly PublishAction[]
  /**
   * The transaction-local setting in which an action leaves the snapshot that it read with, to be stored with the
   * edges instead of the one in the facts.
   */
  readonly boundSetting?: string
  /**
   * Batches that are no longer what their rows say, and are to be done again: all, or those whose beginnings (a column
   * `batch_start`, timestamp in UTC) the SELECT yields.
   */
  readonly staleBatches?: 'all' | { readonly select: string }
  /** Done when all of it is committed, one statement after the other, each on its own: what no transaction can hold. */
  readonly after?: readonly AfterStatement[]
}

export interface AfterStatement {
  readonly sql: string
  /** A query that yields a row where another run has done the same meanwhile: its failure is none then. */
  readonly unless?: string
  /** Needs strong locks for a moment: tried again while somebody reads, under a lock timeout. */
  readonly briefly?: true
  /** What an error of it is about. */
  readonly about: Concern
}

/** One pure function per materialization; the runner is handed their union. */
export type Materialize = (step: ModelStep, facts: StepFacts) => Publication

/** How a snapshot's step publishes, decided by the facts. */
export type MaterializeSnapshot = (step: SnapshotStep, facts: StepFacts) => Publication
