import { connectorDefaults, databaseConnectorDefaults } from '@strata/core'
import * as z from 'zod'
import { paging } from './paging.ts'
import { text } from './parts.ts'

const setting = z.union([text, z.strictObject({ env: text })])
const secret = z.strictObject(
  { env: text },
  'a secret is never written here: write { env: NAME_OF_A_VARIABLE }',
)

const auth = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('api_key').describe('How an instance proves who it is.'),
      name: text
        .default(connectorDefaults.auth.name)
        .describe('Name of the header, or of the query parameter.'),
      location: z
        .enum(['header', 'query'])
        .default(connectorDefaults.auth.location)
        .describe('Where the key is sent.'),
    }),
    z.strictObject({ kind: z.literal('bearer') }),
    z.strictObject({ kind: z.literal('http_basic') }),
    z.strictObject({
      kind: z.literal('oauth2_client_credentials'),
      access_token_url: text.describe('Absolute, or below the base URL of the instance.'),
      scope: text.nullish().describe('The scope that a token is asked for.'),
    }),
    z.strictObject({ kind: z.literal('none') }),
  ],
  'authentication kinds are: api_key, bearer, http_basic, oauth2_client_credentials, none',
)

const instance = {
  id: z
    .int()
    .min(1)
    .describe('Of the instance, in bronze and in dw_api_credentials; unique over all sources.'),
  name: text
    .regex(/^[A-Za-z0-9_-]+$/, 'an instance name holds letters, digits, - and _')
    .describe('What commands and messages call it.'),
}

/** How Strata itself reaches an API, and lands it. */
export const apiConnectorSchema = z.strictObject({
  kind: z
    .enum(['odata', 'rest'], 'connector kinds are: odata, rest, mysql, postgres, csv')
    .describe('odata, or rest: JSON of any other API.'),
  auth: auth.describe('How we say who we are.'),
  headers: z.record(z.string(), text).default({}).describe('Sent with each request. No secrets.'),
  timeout: z
    .number()
    .positive()
    .default(connectorDefaults.timeoutSeconds)
    .describe('Seconds without a byte; a whole answer may take five times as long.'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(connectorDefaults.concurrency)
    .describe('Requests under way at once, per instance.'),
  request_interval_ms: z
    .number()
    .min(0)
    .default(0)
    .describe('Least time between two request starts, per instance.'),
  request_budget: z
    .strictObject({ requests: z.int().min(1), per_seconds: z.number().positive() })
    .nullish()
    .describe('At most so many requests in any such time, per instance.'),
  max_retry_after: z
    .number()
    .min(0)
    .default(connectorDefaults.maxRetryAfterSeconds)
    .describe('Seconds; where an API asks for more patience, the job fails and says when to come back.'),
  paging: paging.nullish().describe('For jobs that do not say. Default: auto for odata, single for rest.'),
  instances: z
    .array(
      z.strictObject({
        ...instance,
        base_url: setting.describe('Its address, without the endpoint.'),
        api_key: secret.optional().describe('For api_key.'),
        token: secret.optional().describe('For bearer.'),
        username: setting.optional().describe('For http_basic.'),
        password: secret.optional().describe('For http_basic.'),
        client_id: setting.optional().describe('For oauth2_client_credentials.'),
        client_secret: secret.optional().describe('For oauth2_client_credentials.'),
        parameters: z
          .record(z.string(), setting)
          .default({})
          .describe('Values of {places} in endpoints and params, the same for all jobs of the instance.'),
      }),
    )
    .min(1),
})

/** How Strata reaches a database, and lands its tables. */
export const databaseConnectorSchema = z.strictObject({
  kind: z.enum(['mysql', 'postgres']).describe('mysql is MariaDB too.'),
  time_zone: text
    .refine(isTimeZone, 'a time zone is named as in America/Chicago')
    .nullish()
    .describe('That its times without a zone are meant in. Default: they are landed as they are.'),
  timeout: z
    .number()
    .positive()
    .default(databaseConnectorDefaults.timeoutSeconds)
    .describe('Seconds that a statement may take.'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(databaseConnectorDefaults.concurrency)
    .describe('Tables read at once, per instance.'),
  instances: z
    .array(
      z.strictObject({
        ...instance,
        url: setting.describe('mysql://user@host:3306/database, postgres://user@host/database'),
        password: secret.optional().describe('Where the URL does not hold it.'),
      }),
    )
    .min(1),
})

/** Files of text that land. */
export const filesConnectorSchema = z.strictObject({
  kind: z.literal('csv').describe('Files of text.'),
  instances: z
    .array(z.strictObject({ ...instance, path: setting.describe('The folder, from that of the project.') }))
    .min(1),
})

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
