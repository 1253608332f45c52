import { ConfigurationError } from '@strata/core'
import { type LintRuleId, lintRuleIds } from '../project/lint-settings.ts'
import { didYouMean } from '../project/near-misses.ts'

/** The rules of those names, which may stand between commas. Throws `ConfigurationError` for one that there is not. */
export function rulesNamed(names: readonly string[]): readonly LintRuleId[] {
  return names
    .flatMap((name) => name.split(','))
    .map((written) => {
      const name = written.trim()
      const id = lintRuleIds.find((one) => one === name)
      if (id !== undefined) return id
      throw new ConfigurationError({
        code: 'UNKNOWN_RULE',
        message: `there is no lint rule "${name}"`,
        hint: didYouMean(name, lintRuleIds) ?? `The rules are ${lintRuleIds.join(', ')}.`,
      })
    })
}
