import type { AnalysisNode, DataTestNode, Location, ModelNode, SeedNode, SnapshotNode } from '@strata/core'
import type { Places } from './places.ts'
import type { ProjectFacts } from './project-facts.ts'
import type { Query } from './query.ts'

/** What the rules look at. */
export type LintedNode = ModelNode | SeedNode | SnapshotNode | DataTestNode | AnalysisNode

/** One form of a node's SQL, read. */
export interface LintedSql {
  readonly form: 'full' | 'increment'
  readonly main: Query | null
  /** Every SELECT in it, but those of ephemeral models. */
  readonly queries: readonly Query[]
  /** Offset of a place of the tree, as `places.locate` takes it. */
  offsetOf(location: number): number
  /** What was parsed, from that place on. */
  textAt(location: number): string
}

/** One node, and what a rule may ask about it. */
export interface Subject {
  readonly node: LintedNode
  /** Its SQL in each form; empty: it has none, or none that can be read before it runs. */
  readonly sql: readonly LintedSql[]
  readonly project: ProjectFacts
  readonly isWritten: Places['isWritten']
}

/** Something that a rule does not like. */
export interface Finding {
  /** One sentence without a full stop. */
  readonly message: string
  readonly hint?: string
  /** Where: in SQL by the tree's bytes, or in a file. */
  readonly at: { readonly sql: LintedSql; readonly location: number } | Location
  readonly related?: readonly { readonly message: string; readonly location: Location }[]
}

/** Finds what one rule is about, in one node. */
export type Rule = (subject: Subject) => Iterable<Finding>
