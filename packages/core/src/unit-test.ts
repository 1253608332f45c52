import type { Json } from './json.ts'
import type { NodeId } from './node.ts'
import type { RelationName } from './relation.ts'

/** What a unit test does, without its place in a plan. */
export interface UnitTestBody {
  /** The model that it is about. */
  readonly model: NodeId
  /** The template asks the database: it is rendered at the step, and the SELECTs of the expectations are empty until then. */
  readonly late: boolean
  readonly inputs: readonly UnitTestInput[]
  readonly expectations: readonly UnitTestExpectation[]
}

/** Rows that stand in the place of a relation. */
export interface UnitTestInput extends ShapedInput {
  /** As declared: `ref('orders')`, `this`. */
  readonly label: string
  readonly fixture: Fixture
}

/** A relation that a SELECT reads under another name. */
export interface ShapedInput {
  /** The model itself for `this`. */
  readonly node: NodeId
  /** What the SELECT calls it. */
  readonly name: string
  readonly shape: RelationShape
}

/** What is known of the columns of a relation that may not be there. */
export interface RelationShape {
  /** Where its columns are looked up first; null: it has no relation of its own. */
  readonly relation: RelationName | null
  readonly declared: readonly DeclaredColumn[]
  /** `declared` are all columns that it has, each with its type. */
  readonly complete: boolean
}

export interface DeclaredColumn {
  readonly name: string
  readonly dataType: string | null
}

export type FixtureRow = { readonly [column: string]: Json }

export interface FixtureRows {
  readonly kind: 'rows'
  /** A column that a row does not have is null. */
  readonly rows: readonly FixtureRow[]
  /** The values are texts of a CSV file, and may mean numbers. */
  readonly texts: boolean
}

export type Fixture = FixtureRows | { readonly kind: 'sql'; readonly sql: string }

/** A value in the rows of a unit test; without a row the name of a column; without both the rows themselves. */
export interface FixtureCell {
  readonly of: 'given' | 'expected'
  /** Of the inputs, or of the expectations. */
  readonly index: number
  /** From 0. */
  readonly row: number | null
  /** As it is written. */
  readonly column: string | null
  /** The columns that there are, where it is none of them. */
  readonly known?: readonly string[]
}

/** The rows that a SELECT must yield, in any order. Only the columns that it names are compared. */
export interface UnitTestExpectation {
  /** The common table expression of the model that is looked at; null: its result. */
  readonly cte: string | null
  /** Reads the inputs by their names. */
  readonly select: string
  readonly fixture: Fixture
}

/** How the rows of one expectation differ from what came out. Values are texts as the server prints them; null is null. */
export interface RowDifference {
  readonly cte: string | null
  readonly columns: readonly string[]
  /** At most some dozens. */
  readonly rows: readonly DifferingRow[]
  /** How many rows were expected, and how many came out. */
  readonly expected: number
  readonly actual: number
  /** Differing rows that are not listed. */
  readonly more: number
}

export type RowValues = readonly (string | null)[]

export type DifferingRow =
  | { readonly kind: 'missing'; readonly expected: RowValues }
  | { readonly kind: 'unexpected'; readonly actual: RowValues }
  /** The one is taken for the other because most of their values agree. */
  | {
      readonly kind: 'changed'
      readonly expected: RowValues
      readonly actual: RowValues
      /** By column, as the server compares them: 50 is 50.0. Absent: by their texts. */
      readonly differs?: readonly boolean[]
    }
