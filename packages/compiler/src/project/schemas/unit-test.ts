import * as z from 'zod'
import { unitTestConfig } from './config.ts'
import { described, mapping, oneOf, text, version } from './parts.ts'

const rows = {
  rows: z.union([text, z.array(z.union([mapping, z.null()]))]).nullish(),
  format: oneOf(['dict', 'csv', 'sql']).nullish(),
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
    config: unitTestConfig.nullish(),
    model: text,
    given: z
      .array(z.strictObject({ input: text.describe("`ref('…')`, `source('…', '…')` or `this`."), ...rows }))
      .nullish(),
    expect: expectation.nullish(),
    expects: z
      .array(expectation)
      .nonempty()
      .nullish()
      .describe('Several, each of another expression of the model.'),
    overrides: z
      .strictObject({
        macros: mapping.nullish(),
        vars: mapping.nullish(),
        env_vars: mapping.nullish(),
        clock: text
          .nullish()
          .describe('What templates and the SQL of the model take for the current time; without a zone UTC.'),
      })
      .nullish(),
    versions: z
      .strictObject({ include: z.array(version).nullish(), exclude: z.array(version).nullish() })
      .nullish(),
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
