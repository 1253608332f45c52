import * as z from 'zod'
import { oneOf, templatePattern, text } from './parts.ts'

/** Units that an interval may have everywhere: a month is one in Postgres and in people's minds. */
export const lookbackPattern =
  /^\s*\d+(?:\s+(?:second|minute|hour|day|week|month|year)s?(?:\s+\d+\s+(?:second|minute|hour|day|week|month|year)s?)*)?\s*$/i

const lookbackMessage =
  'a lookback is a time such as "1 day" or "36 hours", or a whole number for columns of numbers'

const value = z.union([text, z.number()])

const changeColumns = z.strictObject({
  columns: z
    .union([
      text.min(1, 'name at least one column'),
      z.array(text.min(1, 'a column has a name')).min(1, 'name at least one column'),
    ])
    .describe('Columns that say when a row was changed, most reliable first.'),
  logic: oneOf(['or', 'and'])
    .nullish()
    .describe('or (the default): a row is new where one of the columns says so. and: where all do.'),
  lookback: z
    .union([
      z.int().min(0, lookbackMessage),
      text.refine((given) => lookbackPattern.test(given) || templatePattern.test(given), lookbackMessage),
    ])
    .nullish()
    .describe('How far behind the watermark rows are read again: "1 day"; a number for columns of numbers.'),
  min: value
    .nullish()
    .describe('Values below it are not believed: they move no watermark and select no row.'),
  max: value.nullish().describe('Values above it are not believed. The future never is.'),
})

export const watermark = z
  .union([z.literal('xmin', 'a watermark is "xmin", or a mapping that names columns'), changeColumns])
  .describe(
    'How new rows are found in a relation that does not record its changes: `xmin` for a table of this database, or columns that say when a row was changed.',
  )
