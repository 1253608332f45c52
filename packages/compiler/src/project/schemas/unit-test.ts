import * as z from 'zod'
import { unitTestConfig } from './config.ts'
import { described, mapping, oneOf, text, version } from './parts.ts'

const rows = {
  rows: z.union([text, z.array(z.union([mapping, z.null()]))]).nullish(),
  format: oneOf(['dict', 'csv', 'sql']).nullish(),
  fixture: text.nullish().describe('Name of a file below tests/fixtures, without its ending.'),
}

export const unitTestSchema = z
  .strictObject({
    ...described,
    config: unitTestConfig.nullish(),
    model: text,
    given: z
      .array(z.strictObject({ input: text.describe("`ref('…')`, `source('…', '…')` or `this`."), ...rows }))
      .nullish(),
    expect: z.strictObject(rows),
    overrides: z
      .strictObject({ macros: mapping.nullish(), vars: mapping.nullish(), env_vars: mapping.nullish() })
      .nullish(),
    versions: z
      .strictObject({ include: z.array(version).nullish(), exclude: z.array(version).nullish() })
      .nullish(),
  })
  .refine((test) => !(test.versions?.include?.length && test.versions.exclude?.length), {
    message: 'include and exclude exclude each other',
    path: ['versions'],
  })
