import * as z from 'zod'
import { text } from './parts.ts'

const setting = z.union([text, z.strictObject({ env: text })])

/** How Strata itself reaches a source, and lands it. */
export const connectorSchema = z.strictObject({
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
        api_key: z.strictObject(
          { env: text },
          'a key is never written here: write { env: NAME_OF_A_VARIABLE }',
        ),
      }),
    )
    .min(1),
})

const path = z.union([text, z.array(text)])

/** What lands in a source's table, and how it is asked for. */
export const jobSchema = z.strictObject({
  id: z.int().min(1).nullish().describe('The known id in dw_etl_jobs, held by the first instance.'),
  name: text.nullish(),
  endpoint: text.startsWith('/', 'an endpoint begins with /'),
  key: z
    .array(z.union([text, z.strictObject({ field: path }), z.strictObject({ parameter: text })]))
    .min(1)
    .default(['id'])
    .describe('What tells two records apart: fields, and parameters of the endpoint.'),
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
  reason: text.nullish().describe('Why it is not active.'),
})
