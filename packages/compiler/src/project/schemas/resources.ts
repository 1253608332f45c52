import * as z from 'zod'
import { columnsSchema } from './column.ts'
import {
  analysisConfig,
  exposureConfig,
  groupConfig,
  macroConfig,
  seedConfig,
  snapshotConfig,
  testConfig,
} from './config.ts'
import { described, flag, oneOf, owner, tests, text } from './parts.ts'

const tested = { columns: columnsSchema.nullish(), tests: tests.nullish(), data_tests: tests.nullish() }

export const seedSchema = z.strictObject({
  ...described,
  ...tested,
  config: seedConfig.nullish(),
  quote_columns: flag.nullish(),
  access: z.unknown().optional(),
  group: text.nullish(),
})

export const snapshotSchema = z.strictObject({
  ...described,
  ...tested,
  config: snapshotConfig.nullish(),
  relation: text
    .nullish()
    .describe(
      "What the snapshot is taken of: `ref('…')` or `source('…', '…')`. Without it there is a .sql file.",
    ),
  group: text.nullish(),
})

export const analysisSchema = z.strictObject({
  ...described,
  columns: columnsSchema.nullish(),
  config: analysisConfig.nullish(),
  access: z.unknown().optional(),
  group: text.nullish(),
})

/** Of a singular test, by the name of its file. */
export const singularTestSchema = z.strictObject({ ...described, config: testConfig.nullish() })

export const macroSchema = z.strictObject({
  ...described,
  config: macroConfig.nullish(),
  arguments: z
    .array(z.strictObject({ name: text, type: text.nullish(), description: text.nullish() }))
    .nullish(),
})

export const exposureSchema = z.strictObject({
  ...described,
  config: exposureConfig.nullish(),
  type: oneOf(['dashboard', 'notebook', 'analysis', 'ml', 'application']),
  owner,
  label: text.nullish(),
  url: text.nullish(),
  maturity: oneOf(['low', 'medium', 'high']).nullish(),
  depends_on: z
    .array(text)
    .nullish()
    .describe("What it reads: `ref('…')`, `source('…', '…')`, `metric('…')`."),
  enabled: flag.nullish(),
})

export const groupSchema = z.strictObject({
  ...described,
  config: groupConfig.nullish(),
  owner,
})

/** Accepted so that a project which has them runs; Strata does not read them. */
export const looseSchema = z.looseObject({ name: described.name })
