import * as z from 'zod'
import { type LintRuleId, lintRuleLevels } from '../lint-settings.ts'
import { texts } from './parts.ts'

// To many readers of YAML `off` without quotes is false.
const level = z.union([z.enum(['off', 'warning', 'error']), z.literal(false)])

const meanings: { readonly [id in LintRuleId]: string } = {
  'select-star': 'A star that hands on whatever columns a relation has, outside staging.',
  'unused-cte': 'A common table expression that nothing reads.',
  'missing-description': 'A model, seed or snapshot without a description.',
  'missing-unique-test': 'A model whose key nothing tests.',
  'hard-coded-relation': 'A relation by its own name in the place of ref() or source().',
  'bronze-in-gold': 'A gold model that reads a source.',
  'join-without-condition': 'Relations that nothing ties to each other.',
  'ambiguous-column': 'A column without its relation that several could have.',
  'phi-in-gold': 'A column marked phi that comes out of a gold model unmarked.',
  'null-comparison': 'A comparison with a written null.',
  'not-in-subquery': 'NOT IN over a subquery that may yield a null.',
  'filtered-outer-join': 'A condition in WHERE that undoes an outer join.',
  'off-switch': 'A comment that switches nothing off.',
}

/** The key `lint` of the project file. */
export const lint = z.strictObject({
  rules: z
    .strictObject(
      Object.fromEntries(
        Object.entries(meanings).map(([id, meaning]) => [
          id,
          level.describe(`${meaning} Default: ${lintRuleLevels[id as LintRuleId]}.`).nullish(),
        ]),
      ) as { readonly [id in LintRuleId]: z.ZodOptional<z.ZodNullable<typeof level>> },
    )
    .nullish()
    .describe('What becomes of a finding, by rule: off, warning or error.'),
  staging: texts
    .nullish()
    .describe('Selectors of the models that take in sources as they are. Default: by folder and name.'),
  gold: texts
    .nullish()
    .describe('Selectors of the models that people outside read. Default: by folder and schema.'),
})
