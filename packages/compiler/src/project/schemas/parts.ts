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

export const meta = mapping.describe('Facts of your own; Strata reads `phi` alone.')

export const docs = z.strictObject({
  show: flag.nullish().describe('Whether they show it.'),
  node_color: text.nullish().describe('In which colour.'),
})

export const quoting = z.strictObject({
  database: flag.nullish().describe('The database.'),
  schema: flag.nullish().describe('The schema.'),
  identifier: flag.nullish().describe('The relation itself.'),
  column: flag.nullish().describe('Columns.'),
  project: flag.nullish().describe('Accepted, and not used.'),
  snowflake_ignore_case: flag.nullish().describe('Accepted, and not used.'),
})

const age = z.strictObject({
  count: count.nullish().describe('How many periods.'),
  period: oneOf(['minute', 'hour', 'day']).nullish().describe('Of which length.'),
})

export const freshness = z.strictObject({
  warn_after: age.nullish().describe('Age of the newest row from which `source freshness` warns.'),
  error_after: age.nullish().describe('Age of the newest row from which `source freshness` fails.'),
  filter: text.nullish().describe('Condition on the rows whose age is taken.'),
})

export const modelFreshness = z.looseObject({
  build_after: z
    .looseObject({ count: count.nullish(), period: oneOf(['minute', 'hour', 'day']).nullish() })
    .nullish()
    .describe('Accepted, and not used.'),
})

export const constraint = z.strictObject({
  type: oneOf(['check', 'not_null', 'unique', 'primary_key', 'foreign_key', 'custom']).describe(
    'What it demands of the rows.',
  ),
  name: text.nullish().describe('Of the constraint in the database.'),
  expression: text
    .nullish()
    .describe('The condition of a check; of a foreign key all behind REFERENCES, in the place of to.'),
  columns: z.array(text).nullish().describe('Its columns, where it stands at the model.'),
  to: text.nullish().describe('The relation that a foreign key points to: a `ref()` or `source()`.'),
  to_columns: z.array(text).nullish().describe('The columns there, in the order of columns.'),
  warn_unenforced: flag.nullish().describe('false: no warning where Postgres does not enforce it.'),
  warn_unsupported: flag.nullish().describe('The same.'),
})

const testMapping = mapping.refine(
  (test) => Object.keys(test).length === 1 || typeof test['test_name'] === 'string',
  'a test is its name, or its name with the arguments indented below it',
)

/** Generic tests as they are written: a name, or a mapping that `resolve` takes apart. */
export const tests = z
  .array(z.union([text, testMapping]))
  .describe('Data tests: a name, or a name with its arguments. tests and data_tests are the same.')

/** What nearly every entry of a properties file may say. */
export const described = {
  name: text.min(1, 'a name holds at least one character').describe('Its name.'),
  description: text
    .nullish()
    .describe('What it is, in Markdown. Of models and columns a comment in the database.'),
  meta: meta.nullish(),
  tags: texts.nullish().describe('Words to select it by: --select tag:daily.'),
  docs: docs.nullish().describe('How tools of dbt show it.'),
}

export const owner = z
  .looseObject({
    name: text.nullish().describe('Who it is.'),
    email: texts.nullish().describe('How to reach them.'),
  })
  .refine((value) => Boolean(value.name) || Boolean(value.email?.length), 'an owner has a name or an email')
