import type { Session } from '@strata/core'
import type { RowsPlace } from './land-rows.ts'

/** What a comparison of the source's keys with bronze found. */
export interface KeyComparison {
  /** Rows that the source gave, and how many keys they have: fewer, where the declared key is none. */
  readonly rows: number
  readonly keys: number
  /** Rows per key that several have: at most ten keys, as bronze writes them. */
  readonly duplicates: readonly string[]
  /** Keys that bronze does not have, or has as gone. */
  readonly missing: number
  /** At most ten of them, as bronze writes them. */
  readonly missingKeys: readonly string[]
  /** Only where all keys were given: live bronze rows of the instance, those whose key the source no longer has, and those marked now. */
  readonly live: number
  readonly gone: number
  readonly marked: number
  /** More are gone than the job allows: nothing was marked. */
  readonly refused: boolean
}

/**
 * Compares the keys of the rows that the source gives for a window with those of bronze, in an open transaction, by COPY into a stage.
 * `records`: for each row a JSON object that holds the columns of the key, in chunks. Where `all` of the source's keys are given, bronze rows
 * without one are marked as gone, all or, where they are more than `maxDeletedShare`, none. Rows set aside as dead letters do not count as missing.
 * Throws `DatabaseError`.
 */
export async function compareKeys(
  _transaction: Session,
  _place: RowsPlace,
  _records: AsyncIterable<readonly string[]>,
  _all: boolean,
): Promise<KeyComparison> {
  throw new Error('not there yet')
}
