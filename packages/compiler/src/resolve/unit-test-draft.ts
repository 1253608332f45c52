import type { Fixture, Json, Location, NodeId, UnitTestNode } from '@strata/core'
import type { PlaceInRows } from './fixture-places.ts'

/** A unit test with its rows read, before the SELECT of its model is rendered with them. */
export interface UnitTestDraft {
  readonly node: UnitTestNode
  readonly inputs: readonly DraftedInput[]
  readonly expectations: readonly DraftedExpectation[]
  readonly overrides: UnitTestOverrides
}

export interface DraftedInput {
  /** As declared. */
  readonly label: string
  /** Null: `this`. */
  readonly node: NodeId | null
  readonly fixture: Fixture
  readonly location: Location
  readonly placeInRows: PlaceInRows
}

export interface DraftedExpectation {
  readonly cte: string | null
  readonly fixture: Fixture
  readonly location: Location
  readonly placeInRows: PlaceInRows
}

/** What templates are told in the place of what is so. */
export interface UnitTestOverrides {
  /** By `macro` or `package.macro`: what it returns, whatever its arguments. */
  readonly macros: { readonly [name: string]: Json }
  readonly vars: { readonly [name: string]: Json }
  readonly environment: { readonly [name: string]: Json }
  /** The current time, ISO 8601 in UTC; null: as it is. */
  readonly clock: string | null
}
