import { z } from 'zod'

const names = z.array(z.string())
const tree = z.record(z.string(), z.unknown())

const target = z.strictObject({
  database_url_env: z
    .string()
    .describe('Environment variable that holds the connection URL of this target.')
    .optional(),
  prefix: z.string().describe('Put before the schema of every relation that this target builds.').optional(),
  schema: z.string().describe('Schema of models that name none.').optional(),
  landing_schema: z.string().describe('Schema in which bronze lives.').optional(),
  extract: z.boolean().describe('Whether `run` lands the jobs that a selection reaches.').optional(),
  threads: z.int().min(1).max(64).optional(),
})

/** The project file: dbt's keys, and `source-paths`, `environment`, `landing-schema` and `targets` of our own. */
export const projectSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z_]\w*$/,
      'a project name holds letters, digits and underscores, and begins with none of the digits',
    ),
  version: z.union([z.string(), z.number()]).optional(),
  'config-version': z.number().optional(),
  profile: z.string().optional(),
  'require-dbt-version': z.union([z.string(), names]).optional(),
  'model-paths': names.default(['models']),
  'source-paths': names.default(['sources']),
  'macro-paths': names.default(['macros']),
  'test-paths': names.default(['tests']),
  'seed-paths': names.optional(),
  'snapshot-paths': names.optional(),
  'analysis-paths': names.optional(),
  'asset-paths': names.optional(),
  'docs-paths': names.optional(),
  'target-path': z.string().optional(),
  'log-path': z.string().optional(),
  'packages-install-path': z.string().optional(),
  'clean-targets': names.optional(),
  vars: tree.nullish(),
  models: tree.nullish(),
  sources: tree.nullish(),
  seeds: tree.nullish(),
  snapshots: tree.nullish(),
  tests: tree.nullish(),
  data_tests: tree.nullish(),
  unit_tests: tree.nullish(),
  exposures: tree.nullish(),
  flags: tree.nullish(),
  quoting: tree.nullish(),
  dispatch: z.array(z.unknown()).nullish(),
  'on-run-start': z.unknown().optional(),
  'on-run-end': z.unknown().optional(),
  'query-comment': z.unknown().optional(),
  environment: names.describe('Environment variables that templates may read with env_var().').default([]),
  'landing-schema': z.string().default('bronze'),
  targets: z.record(z.string(), target).default({}),
})
