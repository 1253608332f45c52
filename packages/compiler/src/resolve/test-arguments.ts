import type { Diagnostic } from '@strata/core'
import * as z from 'zod'
import { didYouMean } from '../project/near-misses.ts'
import { count, flag, oneOf, templatePattern, text, texts } from '../project/schemas/parts.ts'
import { validate } from '../project/validate.ts'
import type { ResolvedTest } from './resolve-test.ts'
import type { TestDeclaration } from './test-declarations.ts'

const template = text.regex(templatePattern, { abort: true })
const bound = z.union([z.number(), text])
const given = { column_name: text.optional(), model: z.unknown().optional() }
const span = /^(\d+(\.\d+)? *(microsecond|millisecond|second|minute|hour|day|week|month|year)s?\s*)+$/
const within = z.union([
  template,
  text.regex(span, 'a time span is a number and a unit: 1 day, 36 hours, 2 weeks'),
])
const change = z.union([
  template,
  z.int().min(0),
  text.regex(/^\d+(\.\d+)? *%$/, 'a change is a share, 20%, or a number of rows, 500'),
])

/** The arguments of the tests that are Strata's own; dbt's are checked by the call of their macros. */
const schemas: { readonly [test: string]: z.ZodObject } = {
  unique_combination: z.strictObject({ ...given, columns: z.union([z.array(text).min(1), template]) }),
  expression: z.strictObject({ ...given, expression: text }),
  range: z.strictObject({
    ...given,
    min: bound.optional(),
    max: bound.optional(),
    inclusive: flag.optional(),
  }),
  row_count: z.strictObject({
    ...given,
    min: count.optional(),
    max: count.optional(),
    against: oneOf(['last_run']).optional(),
    max_change: change.optional(),
  }),
  recency: z.strictObject({
    ...given,
    field: text.optional(),
    within: within.optional(),
    datepart: oneOf(['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']).optional(),
    interval: count.optional(),
  }),
  equal_rows: z.strictObject({
    ...given,
    to: text,
    columns: z.union([z.array(text).min(1), template]).optional(),
    exclude: texts.optional(),
  }),
}

/** Arguments that only make sense together, or one of which there must be: what is wrong, and what to write. */
const combinations: {
  readonly [test: string]: (has: (name: string) => boolean) => readonly [string, string] | null
} = {
  range: (has) => {
    if (!has('column_name'))
      return ['range is about a column', 'Write it under the column, or give column_name.']
    return has('min') || has('max') ? null : ['range has no bound', 'Give min, max, or both.']
  },
  row_count(has) {
    if (has('against') !== has('max_change'))
      return ['against and max_change belong together', 'Write against: last_run and max_change: 20%.']
    const some = has('min') || has('max') || has('against')
    return some
      ? null
      : ['row_count has no limit', 'Give min, max, or against: last_run with max_change: 20%.']
  },
  recency(has) {
    if (!has('field') && !has('column_name'))
      return ['recency is about a column', 'Give field: …, or write it under the column.']
    if (has('within') && (has('datepart') || has('interval')))
      return ['recency has two time spans', 'Give within, or datepart and interval.']
    const whole = has('within') || (has('datepart') && has('interval'))
    return whole ? null : ['recency has no time span', 'Give within: 1 day.']
  },
  equal_rows: (has) =>
    has('columns') && has('exclude') ? ['columns and exclude exclude each other', 'Give one of them.'] : null,
}

/** What is wrong with the arguments of a built-in test, each at its place. */
export function checkTestArguments(
  { id }: ResolvedTest,
  declaration: TestDeclaration,
): readonly Diagnostic[] {
  const test = /^macro\.dbt\.test_(\w+)$/.exec(id)?.[1]
  const schema = test === undefined || !Object.hasOwn(schemas, test) ? undefined : schemas[test]
  if (test === undefined || schema === undefined) return []
  const { location, locateArgument } = declaration
  const at = (path: readonly (string | number)[]) =>
    path.length === 0 ? location : locateArgument(String(path[0]))
  const document = { file: location.file, value: declaration.arguments, locate: at, locateKey: at }
  const { diagnostics } = validate(document, schema, declaration.arguments)
  const known = Object.keys(schema.shape).filter((name) => name !== 'model')
  const wrong = diagnostics.map((one): Diagnostic => {
    if (one.code === 'MISSING_KEY') return { ...one, message: `the test ${test}: ${one.message}` }
    if (one.code !== 'UNKNOWN_KEY') return { ...one, message: `the test ${test}: ${one.message}` }
    const name = /"(.+)"/.exec(one.message)?.[1] ?? ''
    return {
      ...one,
      code: 'UNKNOWN_ARGUMENT',
      severity: 'error',
      message: `the test ${test} takes no argument "${name}"`,
      hint: didYouMean(name, known) ?? `It takes ${known.filter((one) => one !== 'column_name').join(', ')}.`,
    }
  })
  if (wrong.length > 0) return wrong
  const hasColumn = declaration.column !== null
  const complaint = combinations[test]?.((name) =>
    name === 'column_name' && hasColumn ? true : (declaration.arguments[name] ?? null) !== null,
  )
  if (complaint === null || complaint === undefined) return []
  const [message, hint] = complaint
  return [{ code: 'BAD_TEST_ARGUMENTS', severity: 'error', message, hint, location }]
}
