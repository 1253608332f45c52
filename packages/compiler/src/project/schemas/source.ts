import * as z from 'zod'
import { columnsSchema } from './column.ts'
import { sourceConfig } from './config.ts'
import { apiConnectorSchema, databaseConnectorSchema, filesConnectorSchema } from './connector.ts'
import { endpointJobSchema, fileJobSchema, tableJobSchema } from './job.ts'
import { described, freshness, mapping, quoting, tests, text } from './parts.ts'
import { watermark } from './watermark.ts'

const loaded = {
  loaded_at_field: text
    .min(1, 'a column, or leave the key out')
    .nullish()
    .describe('The column, or expression, that says when a row was loaded.'),
  loaded_at_query: text.nullish().describe('A query that yields when the newest row was loaded.'),
  freshness: freshness.nullish().describe('null: none, though the source has one.'),
  quoting: quoting.nullish().describe('Which parts of its name are quoted.'),
  loader: text.nullish().describe('What loads it, for people.'),
}

const tableKeys = {
  ...described,
  ...loaded,
  config: sourceConfig.nullish().describe('Its configuration.'),
  identifier: text.nullish().describe('Name of the table in the database, where it is another.'),
  watermark: watermark.nullish(),
  external: z.union([mapping, z.boolean()]).nullish().describe('Accepted, and not used.'),
  data_type: text.nullish().describe('Accepted, and not used.'),
  columns: columnsSchema.nullish().describe('Its columns.'),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
}

const sourceKeys = {
  ...described,
  ...loaded,
  config: sourceConfig.nullish().describe('Its configuration.'),
  database: text.nullish().describe('The database of the target: no other can be named.'),
  catalog: text.nullish().describe('Another name of database.'),
  schema: text.nullish().describe('Else the name of the source; with a connector the landing schema.'),
  overrides: text.nullish().describe('The package whose source this entry changes.'),
}

/** A source, by what its connector and its jobs are. */
function sourceOf<Connector extends z.ZodType, Job extends z.ZodType>(connector: Connector, job: Job) {
  const table = z
    .strictObject({
      ...tableKeys,
      job: job.nullish().describe('What lands in this table; the source needs a connector.'),
    })
    .refine((one) => !(one.loaded_at_field && one.loaded_at_query), {
      message: 'loaded_at_field and loaded_at_query exclude each other',
      path: ['loaded_at_query'],
    })
  return z.strictObject({
    ...sourceKeys,
    connector: connector.nullish().describe('How Strata lands this source itself.'),
    tables: z.array(table).nullish().describe('Its tables.'),
  })
}

const ofApi = sourceOf(apiConnectorSchema, endpointJobSchema)
const ofDatabase = sourceOf(databaseConnectorSchema, tableJobSchema)
const ofFiles = sourceOf(filesConnectorSchema, fileJobSchema)

export const sourceSchema = z.union([ofApi, ofDatabase, ofFiles])

/** That which an entry is meant to follow: the kind of its connector decides. */
export function sourceSchemaFor(entry: unknown): z.ZodType<z.output<typeof sourceSchema>> {
  const kind = (entry as { connector?: { kind?: unknown } } | null)?.connector?.kind
  if (kind === 'mysql' || kind === 'postgres') return ofDatabase
  return kind === 'csv' ? ofFiles : ofApi
}
