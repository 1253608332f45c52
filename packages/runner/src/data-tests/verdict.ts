import type { DataTestConfig, StepOutcome, StrataError } from '@strata/core'

/** What became of one data test. */
export type Verdict = Judged | { readonly kind: 'broken'; readonly error: StrataError }

export interface Judged {
  readonly kind: 'judged'
  readonly status: StepOutcome['status']
  /** What `fail_calc` gave. */
  readonly failures: number
  /** Rows of the subject, where the test remembers them. */
  readonly measured?: number
  /** Nothing is known of an earlier run to compare with. */
  readonly isFirst?: true
  /** Failing rows as JSON objects, as far as they were asked for. */
  readonly rows: readonly string[]
}

/** As in dbt: a warning by severity is none where `warn_if` does not hold. */
export function statusOf(
  { severity }: Pick<DataTestConfig, 'severity'>,
  shouldWarn: boolean,
  shouldError: boolean,
): StepOutcome['status'] {
  if (severity === 'error' && shouldError) return 'failed'
  return shouldWarn ? 'warned' : 'success'
}
