import { ConfigurationError } from '@strata/core'

const advice = /; or build from what has already landed with --no-extract(?=\.|$)/

/** That a run can do without the source is of no use to a command that is about the source. */
export function withoutRunAdvice(error: unknown): unknown {
  if (!(error instanceof ConfigurationError) || error.hint === undefined || !advice.test(error.hint))
    return error
  const { code, message, hint } = error
  return new ConfigurationError({ code, message, hint: hint.replace(advice, ''), cause: error })
}
