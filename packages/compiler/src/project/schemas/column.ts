import * as z from 'zod'
import { columnConfig } from './config.ts'
import { constraint, described, flag, tests, text } from './parts.ts'

const unused = z.unknown().optional().describe('Accepted, and not used.')

export const columnSchema = z.strictObject({
  ...described,
  config: columnConfig.nullish().describe('Configuration of the column.'),
  data_type: text.nullish().describe('Its type, which an enforced contract demands.'),
  quote: flag.nullish().describe('Its name is quoted wherever Strata writes it.'),
  constraints: z.array(constraint).nullish().describe('What Postgres enforces on it.'),
  granularity: text.nullish().describe('Accepted, and not used.'),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
  policy_tags: unused,
  dimension: unused,
  entity: unused,
  column_mask: unused,
  databricks_tags: unused,
})

export const columnsSchema = z.array(columnSchema)
