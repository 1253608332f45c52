import * as z from 'zod'
import { columnConfig } from './config.ts'
import { constraint, described, flag, tests, text } from './parts.ts'

export const columnSchema = z.strictObject({
  ...described,
  config: columnConfig.nullish(),
  data_type: text.nullish(),
  quote: flag.nullish(),
  constraints: z.array(constraint).nullish(),
  granularity: text.nullish(),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
  policy_tags: z.unknown().optional(),
  dimension: z.unknown().optional(),
  entity: z.unknown().optional(),
  column_mask: z.unknown().optional(),
  databricks_tags: z.unknown().optional(),
})

export const columnsSchema = z.array(columnSchema)
