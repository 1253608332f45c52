import { type ErrorDetails, type FixtureCell, StrataError } from '@strata/core'

/** What of a unit test's rows is wrong. */
export class FixtureError extends StrataError {
  readonly cell: FixtureCell

  constructor(details: ErrorDetails & { readonly cell: FixtureCell }) {
    super(details)
    this.cell = details.cell
  }
}
