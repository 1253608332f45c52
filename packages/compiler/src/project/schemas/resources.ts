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

const unused = z.unknown().optional().describe('Accepted, and not used.')

const tested = {
  columns: columnsSchema.nullish().describe('Its columns.'),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
}

export const seedSchema = z.strictObject({
  ...described,
  ...tested,
  config: seedConfig.nullish().describe('Its configuration.'),
  quote_columns: flag.nullish().describe('Names of columns are taken as they are written. Default: true.'),
  access: unused,
  group: text.nullish().describe('The group that owns it.'),
})

export const snapshotSchema = z.strictObject({
  ...described,
  ...tested,
  config: snapshotConfig.nullish().describe('Its configuration.'),
  relation: text
    .nullish()
    .describe(
      "What the snapshot is taken of: `ref('…')` or `source('…', '…')`. Without it there is a .sql file.",
    ),
  group: text.nullish().describe('The group that owns it.'),
})

export const analysisSchema = z.strictObject({
  ...described,
  columns: columnsSchema.nullish().describe('Its columns.'),
  config: analysisConfig.nullish().describe('Its configuration.'),
  access: unused,
  group: text.nullish().describe('The group that owns it.'),
})

/** Of a singular test, by the name of its file. */
export const singularTestSchema = z.strictObject({
  ...described,
  config: testConfig.nullish().describe('Its configuration.'),
})

export const macroSchema = z.strictObject({
  ...described,
  config: macroConfig.nullish().describe('Its configuration.'),
  arguments: z
    .array(
      z.strictObject({
        name: text.describe('Its name.'),
        type: text.nullish().describe('What it may be.'),
        description: text.nullish().describe('What it is for.'),
      }),
    )
    .nullish()
    .describe('What it is called with.'),
})

export const exposureSchema = z.strictObject({
  ...described,
  config: exposureConfig.nullish().describe('Its configuration.'),
  type: oneOf(['dashboard', 'notebook', 'analysis', 'ml', 'application']).describe('What it is.'),
  owner: owner.describe('Whom to ask about it.'),
  label: text.nullish().describe('Its name for people.'),
  url: text.nullish().describe('Where it is found.'),
  maturity: oneOf(['low', 'medium', 'high']).nullish().describe('How far it can be relied on.'),
  depends_on: z
    .array(text)
    .nullish()
    .describe("What it reads: `ref('…')`, `source('…', '…')`, `metric('…')`."),
  enabled: flag.nullish().describe('false: as if it were not there.'),
})

export const groupSchema = z.strictObject({
  ...described,
  config: groupConfig.nullish().describe('Its configuration.'),
  owner: owner.describe('Whom to ask about its models.'),
})

/** Accepted so that a project which has them runs; Strata does not read them. */
export const looseSchema = z.looseObject({ name: described.name })
