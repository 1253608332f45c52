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

export interface IndexFacts {
  readonly name: string
  readonly definition: string
  /** A primary key, a unique or an exclusion constraint stands on it. */
  readonly constraint: boolean
  readonly unique: boolean
  /** The part of the definition behind the name of the table: `USING btree (id) WHERE …`. */
  readonly body: string
  /** Its key columns; null where one is an expression or only part of the rows are in it. */
  readonly columns: readonly string[] | null
  /** False for what a CREATE INDEX CONCURRENTLY left that failed, or that is still at work. */
  readonly valid: boolean
  /** Somebody is building it at this moment. */
  readonly building: boolean
  readonly comment: string | null
}

/** A constraint of a table, or a column of it that is NOT NULL. */
export interface ConstraintFacts {
  /** That of the column for `not_null`. */
  readonly name: string
  readonly type: 'check' | 'foreign_key' | 'primary_key' | 'unique' | 'exclusion' | 'not_null'
  /** `pg_get_constraintdef`; empty for `not_null`. */
  readonly definition: string
  /** False: rows that were there before it are not known to fulfil it. Absent: they do. */
  readonly validated?: boolean
  readonly comment?: string | null
}

/** A row-level policy. */
export interface PolicyFacts {
  readonly name: string
  readonly comment: string | null
}

/** An object that would be lost, or keep the relation from being dropped, if another took its place. */
export interface BoundObject {
  /** As `pg_identify_object` calls it: `materialized view`, `table constraint`, `function`. */
  readonly type: string
  /** `gold.by_site`, `fk on public.visits` */
  readonly identity: string
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
  readonly indexes: readonly IndexFacts[]
  readonly constraints: readonly ConstraintFacts[]
  readonly unlogged: boolean
  /** False for a materialized view that has never been filled. */
  readonly populated: boolean
  /** Privileges on the whole of it that others than the owner have. The grantee is a role's name, or null: everybody. */
  readonly grants: readonly { readonly privilege: string; readonly grantee: string | null }[]
  readonly comment: string | null
  /** Absent: not read, for it can have none. */
  readonly rowSecurity?: {
    readonly enabled: boolean
    readonly forced: boolean
    readonly policies: readonly PolicyFacts[]
  }
  /** Of its columns, as far as they have one. */
  readonly columnComments: { readonly [column: string]: string }
  /** What keeps another relation from taking its place, beside views that can follow. */
  readonly bound: readonly BoundObject[]
  readonly dependentViews: readonly DependentView[]
  /** Statements that give a new table of the same name this one's owner, grants, policies and comments. */
  readonly carryOver: readonly string[]
}
