import * as z from 'zod'

/** A value that a template yields when the file is rendered: its type is unknown until then. */
export const templatePattern = /\{\{|\{%/
const template = z.string().regex(templatePattern, { abort: true })

export const text = z.string()

/** Where something stands in JSON: `data.items`, or its steps. */
export const path = z.union([text, z.array(text)])
export const flag = z.union([z.boolean(), template])
export const count = z.union([z.int(), template])
export const texts = z.union([text, z.array(text)])
export const mapping = z.record(z.string(), z.unknown())
export const version = z.union([text, z.number()])

/** One of the given words, or a template. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.union([z.enum(words), template])
}

export const meta = mapping.describe('Facts of your own; Strata reads `phi: true` alone.')

export const docs = z.strictObject({
  show: flag.nullish(),
  node_color: text.nullish(),
})

export const quoting = z.strictObject({
  database: flag.nullish(),
  schema: flag.nullish(),
  identifier: flag.nullish(),
  column: flag.nullish(),
  project: flag.nullish(),
  snowflake_ignore_case: flag.nullish(),
})

const age = z.strictObject({
  count: count.nullish(),
  period: oneOf(['minute', 'hour', 'day']).nullish(),
})

export const freshness = z.strictObject({
  warn_after: age.nullish().describe('Age of the newest row from which `source freshness` warns.'),
  error_after: age.nullish().describe('Age of the newest row from which `source freshness` fails.'),
  filter: text.nullish().describe('Condition on the rows whose age is taken.'),
})

export const modelFreshness = z.looseObject({
  build_after: z
    .looseObject({ count: count.nullish(), period: oneOf(['minute', 'hour', 'day']).nullish() })
    .nullish(),
})

export const constraint = z.strictObject({
  type: oneOf(['check', 'not_null', 'unique', 'primary_key', 'foreign_key', 'custom']),
  name: text.nullish(),
  expression: text.nullish(),
  columns: z.array(text).nullish(),
  to: text.nullish().describe('The relation that a foreign key points to: a `ref()` or `source()`.'),
  to_columns: z.array(text).nullish(),
  warn_unenforced: flag.nullish(),
  warn_unsupported: flag.nullish(),
})

const testMapping = mapping.refine(
  (test) => Object.keys(test).length === 1 || typeof test['test_name'] === 'string',
  'a test is its name, or its name with the arguments indented below it',
)

/** Generic tests as they are written: a name, or a mapping that `resolve` takes apart. */
export const tests = z.array(z.union([text, testMapping]))

/** What nearly every entry of a properties file may say. */
export const described = {
  name: text.min(1, 'a name holds at least one character'),
  description: text.nullish(),
  meta: meta.nullish(),
  tags: texts.nullish(),
  docs: docs.nullish(),
}

export const owner = z
  .looseObject({ name: text.nullish(), email: texts.nullish() })
  .refine((value) => Boolean(value.name) || Boolean(value.email?.length), 'an owner has a name or an email')
