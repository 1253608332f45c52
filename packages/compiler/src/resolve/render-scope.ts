import type { Json, Location, RelationName, Target } from '@strata/core'

/** What a template asked for by `ref()` or `source()`, before it is known whether it exists. */
export type Reference =
  | {
      readonly kind: 'ref'
      readonly packageName: string | null
      readonly name: string
      readonly location: Location
    }
  | {
      readonly kind: 'source'
      readonly sourceName: string
      readonly tableName: string
      readonly location: Location
    }

/** What one file's template meets while it is rendered. Two of them: one that drafts, one that knows the graph. */
export interface RenderScope {
  /** False while drafting, as in dbt. */
  readonly execute: boolean
  readonly isIncremental: boolean
  readonly self: RelationName | null
  resolve(reference: Reference): RelationName
  configure(options: { readonly [option: string]: Json }, location: Location): void
  /** The text that stands for the increment of an edge. */
  increment(reference: Reference, relation: RelationName, location: Location): string
}

/** What is the same for every file of one compilation. */
export interface CompileSettings {
  readonly target: Target
  readonly vars: { readonly [name: string]: Json }
  /** `undefined`: not set; `forbidden`: not for templates. */
  readonly environmentVariable: (name: string) => string | undefined | 'forbidden'
  readonly runStartedAt: Date
  readonly invocationId: string
  readonly fullRefresh: boolean
  readonly log: (message: string) => void
}
