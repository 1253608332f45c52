import type { Json } from './json.ts'

/** How the failing rows of a data test are counted and judged. */
export interface DataTestConfig {
  readonly severity: 'error' | 'warn'
  /** Conditions on the count: `!= 0`, `> 10`. */
  readonly warnIf: string
  readonly errorIf: string
  /** The expression that counts: `count(*)`. */
  readonly failCalc: string
  readonly limit: number | null
  readonly [option: string]: Json
}

/**
 * How the failing rows of a data test are counted by one aggregate over its subject, so that several tests of one subject are
 * one scan. The count is the one that the SELECT of the test gives.
 */
export interface Tally {
  /** What follows FROM. */
  readonly from: string
  /** The aggregate. */
  readonly failures: string
  /** A predicate that is true for the rows that fail; absent: the test is about the relation as a whole. */
  readonly rowCondition?: string
  /** The test compares the number of rows with that of an earlier run, which it finds in `formerRowsSetting`. */
  readonly remembersRows?: true
}

/** Of the transaction: a JSON object of the rows that tests counted when they last passed, by their ids. */
export const formerRowsSetting = 'strata.former_rows'
