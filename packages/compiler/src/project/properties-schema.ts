import { z } from 'zod'

const text = z.string()
const meta = z.record(z.string(), z.unknown())
const strings = z.union([text, z.array(text)])
const testList = z.array(z.union([text, z.record(z.string(), z.unknown())]))

const described = {
  name: text.min(1),
  description: text.nullish(),
  meta: meta.nullish(),
  tags: strings.nullish(),
  config: z.record(z.string(), z.unknown()).nullish(),
  docs: z.unknown().optional(),
}

const column = z.strictObject({
  ...described,
  data_type: text.nullish(),
  quote: z.boolean().nullish(),
  constraints: z.array(z.unknown()).nullish(),
  policy_tags: z.unknown().optional(),
  tests: testList.nullish(),
  data_tests: testList.nullish(),
})

const model = z.strictObject({
  ...described,
  columns: z.array(column).nullish(),
  tests: testList.nullish(),
  data_tests: testList.nullish(),
  constraints: z.array(z.unknown()).nullish(),
  access: text.nullish(),
  group: text.nullish(),
  latest_version: z.unknown().optional(),
  versions: z.array(z.unknown()).nullish(),
  deprecation_date: z.unknown().optional(),
})

const setting = z.union([text, z.strictObject({ env: text })])

const connector = z.strictObject({
  kind: z.literal('odata', 'connector kinds are: odata'),
  auth: z.strictObject({
    kind: z.literal('api_key', 'authentication kinds are: api_key'),
    header: text.default('X-ApiKey'),
  }),
  timeout: z.number().positive().default(60).describe('Seconds until a request is given up.'),
  concurrency: z.int().min(1).max(64).default(4).describe('Requests under way at once, per instance.'),
  request_interval_ms: z
    .number()
    .min(0)
    .default(0)
    .describe('Least time between two request starts, per instance.'),
  instances: z
    .array(
      z.strictObject({
        id: z.int().min(1),
        name: text.regex(/^[A-Za-z0-9_-]+$/, 'an instance name holds letters, digits, - and _'),
        base_url: setting,
        api_key: z.strictObject({ env: text }),
      }),
    )
    .min(1),
})

const path = z.union([text, z.array(text)])

const job = z.strictObject({
  id: z.int().min(1).nullish().describe('The known id in dw_etl_jobs, held by the first instance.'),
  name: text.nullish(),
  endpoint: text.startsWith('/', 'an endpoint begins with /'),
  key: z
    .array(z.union([text, z.strictObject({ field: path }), z.strictObject({ parameter: text })]))
    .min(1)
    .default(['id']),
  slices: z
    .array(z.strictObject({ parameter: text, table: text, path: path.default('id') }))
    .default([])
    .describe(
      'Where the values of the path parameters come from: a JSON path in a landed table of the same source.',
    ),
  cursor: z
    .strictObject({ field: text, lookback: z.number().min(0).default(300).describe('Seconds.') })
    .nullish(),
  page_size: z.int().min(1).max(100_000).default(1000),
  refresh_after: z.number().min(0).nullish().describe('Seconds for which a landing counts as fresh.'),
  active: z.boolean().default(true),
  reason: text.nullish(),
})

const table = z.strictObject({
  ...described,
  identifier: text.nullish(),
  loaded_at_field: text.nullish(),
  loaded_at_query: text.nullish(),
  freshness: z.unknown().optional(),
  quoting: z.unknown().optional(),
  external: z.unknown().optional(),
  columns: z.array(column).nullish(),
  tests: testList.nullish(),
  data_tests: testList.nullish(),
  job: job.nullish(),
})

const source = z.strictObject({
  ...described,
  database: text.nullish(),
  schema: text.nullish(),
  loader: text.nullish(),
  loaded_at_field: text.nullish(),
  loaded_at_query: text.nullish(),
  freshness: z.unknown().optional(),
  quoting: z.unknown().optional(),
  overrides: text.nullish(),
  connector: connector.nullish(),
  tables: z.array(table).nullish(),
})

/** A properties file: dbt's `version: 2` YAML, plus `connector:` and `job:` in sources. */
export const propertiesSchema = z.strictObject({
  version: z.literal(2, 'properties files are version: 2').optional(),
  models: z.array(z.unknown()).nullish(),
  sources: z.array(z.unknown()).nullish(),
  seeds: z.array(z.unknown()).nullish(),
  snapshots: z.array(z.unknown()).nullish(),
  macros: z.array(z.unknown()).nullish(),
  analyses: z.array(z.unknown()).nullish(),
  exposures: z.array(z.unknown()).nullish(),
  groups: z.array(z.unknown()).nullish(),
  unit_tests: z.array(z.unknown()).nullish(),
  data_tests: z.array(z.unknown()).nullish(),
  metrics: z.array(z.unknown()).nullish(),
  semantic_models: z.array(z.unknown()).nullish(),
  saved_queries: z.array(z.unknown()).nullish(),
})

export const modelSchema = model
export const sourceSchema = source

export type ModelProperties = z.output<typeof model>
export type SourceProperties = z.output<typeof source>
export type TableProperties = z.output<typeof table>
export type ColumnProperties = z.output<typeof column>
export type JobProperties = z.output<typeof job>
export type ConnectorProperties = z.output<typeof connector>
