import { ConfigurationError } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'

/** `value` as one of the values that there are; throws `ConfigurationError` where it is none of them. */
export function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new ConfigurationError({
    code: 'BAD_SELECTOR',
    message: `"${value}" is no ${what}`,
    hint: didYouMean(value, allowed) ?? `There are ${allowed.join(', ')}.`,
  })
}
