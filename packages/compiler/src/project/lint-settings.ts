/** What a rule finds is an error, a warning, or not looked for. */
export type LintLevel = 'off' | 'warning' | 'error'

/** Every rule of `models lint`, and what it finds where nothing is said. */
export const lintRuleLevels = {
  'select-star': 'warning',
  'unused-cte': 'warning',
  'missing-description': 'warning',
  'missing-unique-test': 'warning',
  'hard-coded-relation': 'error',
  'bronze-in-gold': 'warning',
  'join-without-condition': 'error',
  'ambiguous-column': 'warning',
  'phi-in-gold': 'error',
  'null-comparison': 'error',
  'not-in-subquery': 'warning',
  'filtered-outer-join': 'warning',
  'off-switch': 'warning',
} as const satisfies { readonly [id: string]: LintLevel }

export type LintRuleId = keyof typeof lintRuleLevels

export const lintRuleIds = Object.keys(lintRuleLevels) as readonly LintRuleId[]

/** What the project file says of `models lint`. */
export interface LintSettings {
  /** Those that it names. */
  readonly rules: { readonly [id in LintRuleId]?: LintLevel }
  /** Selectors of the models that take in sources as they are; null: by folder and name. */
  readonly staging: readonly string[] | null
  /** Selectors of the models that people outside read; null: by folder and schema. */
  readonly gold: readonly string[] | null
}

interface Written {
  readonly rules?: { readonly [id in LintRuleId]?: LintLevel | false | null | undefined } | null | undefined
  readonly staging?: string | readonly string[] | null | undefined
  readonly gold?: string | readonly string[] | null | undefined
}

export function lintSettings(written: Written | null | undefined): LintSettings {
  const rules = Object.entries(written?.rules ?? {}).flatMap(([id, level]): [string, LintLevel][] =>
    level === null || level === undefined ? [] : [[id, level === false ? 'off' : level]],
  )
  return {
    rules: Object.fromEntries(rules),
    staging: selectorsOf(written?.staging),
    gold: selectorsOf(written?.gold),
  }
}

function selectorsOf(written: string | readonly string[] | null | undefined): readonly string[] | null {
  if (written === null || written === undefined) return null
  return typeof written === 'string' ? [written] : written
}
