import * as z from 'zod'
import { columnsSchema } from './column.ts'
import { sourceConfig } from './config.ts'
import { connectorSchema, jobSchema } from './connector.ts'
import { described, freshness, mapping, quoting, tests, text } from './parts.ts'
import { watermark } from './watermark.ts'

const loaded = {
  loaded_at_field: text.min(1, 'a column, or leave the key out').nullish(),
  loaded_at_query: text.nullish(),
  freshness: freshness.nullish().describe('null: none, though the source has one.'),
  quoting: quoting.nullish(),
  loader: text.nullish(),
}

export const tableSchema = z
  .strictObject({
    ...described,
    ...loaded,
    config: sourceConfig.nullish(),
    identifier: text.nullish().describe('Name of the table in the database, where it is another.'),
    watermark: watermark.nullish(),
    external: z.union([mapping, z.boolean()]).nullish(),
    data_type: text.nullish(),
    columns: columnsSchema.nullish(),
    tests: tests.nullish(),
    data_tests: tests.nullish(),
    job: jobSchema.nullish().describe('What lands in this table; the source needs a connector.'),
  })
  .refine((table) => !(table.loaded_at_field && table.loaded_at_query), {
    message: 'loaded_at_field and loaded_at_query exclude each other',
    path: ['loaded_at_query'],
  })

export const sourceSchema = z.strictObject({
  ...described,
  ...loaded,
  config: sourceConfig.nullish(),
  database: text.nullish(),
  catalog: text.nullish(),
  schema: text.nullish().describe('Else the name of the source; with a connector the landing schema.'),
  overrides: text.nullish().describe('The package whose source this entry changes.'),
  connector: connectorSchema.nullish().describe('How Strata lands this source itself.'),
  tables: z.array(tableSchema).nullish(),
})
