import * as z from 'zod'
import { unitTestConfig } from './config.ts'
import { described, mapping, oneOf, text, version } from './parts.ts'

const rows = {
  rows: z
    .union([text, z.array(z.union([mapping, z.null()]))])
    .nullish()
    .describe('The rows, as the format says. Columns that are not named are null.'),
  format: oneOf(['dict', 'csv', 'sql'])
    .nullish()
    .describe('dict (the default): a mapping a row. csv: text with a header. sql: a SELECT.'),
  fixture: text.nullish().describe('Name of a file below tests/fixtures, without its ending.'),
}

const expectation = z.strictObject({
  cte: text
    .nullish()
    .describe('The common table expression of the model that yields the rows; by default its result.'),
  ...rows,
})

export const unitTestSchema = z
  .strictObject({
    ...described,
    config: unitTestConfig.nullish().describe('Its configuration.'),
    model: text.describe('The model that is tested.'),
    given: z
      .array(z.strictObject({ input: text.describe("`ref('…')`, `source('…', '…')` or `this`."), ...rows }))
      .nullish()
      .describe('What the model reads, in the place of its parents.'),
    expect: expectation.nullish().describe('What the model has to yield.'),
    expects: z
      .array(expectation)
      .nonempty()
      .nullish()
      .describe('Several, each of another expression of the model.'),
    overrides: z
      .strictObject({
        macros: mapping.nullish().describe('What macros yield, by name: is_incremental: true.'),
        vars: mapping.nullish().describe('Values for var().'),
        env_vars: mapping.nullish().describe('Values for env_var().'),
        clock: text
          .nullish()
          .describe('What templates and the SQL of the model take for the current time; without a zone UTC.'),
      })
      .nullish()
      .describe('What is otherwise than in a run.'),
    versions: z
      .strictObject({
        include: z.array(version).nullish().describe('Only these.'),
        exclude: z.array(version).nullish().describe('All but these.'),
      })
      .nullish()
      .describe('Of a model with versions: which are tested. Default: all.'),
  })
  .refine((test) => Boolean(test.expect) || Boolean(test.expects), {
    message: 'expect is missing: the rows that the model yields',
  })
  .refine((test) => !(test.expect && test.expects), {
    message: 'expect and expects exclude each other',
    path: ['expects'],
  })
  .refine((test) => !(test.versions?.include?.length && test.versions.exclude?.length), {
    message: 'include and exclude exclude each other',
    path: ['versions'],
  })
