import * as z from 'zod'
import { flag, mapping, quoting, text, texts } from './schemas/parts.ts'

const names = z.array(text)
const tree = mapping.nullish()
const commands = z.union([text, z.array(z.union([text, z.null()]))]).nullish()

const target = z.strictObject({
  database_url_env: text
    .describe('Environment variable that holds the connection URL of this target.')
    .optional(),
  prefix: text.describe('Put before the schema of every relation that this target builds.').optional(),
  schema: text.describe('Schema of models that name none.').optional(),
  landing_schema: text.describe('Schema in which bronze lives.').optional(),
  extract: z.boolean().describe('Whether `run` lands the jobs that a selection reaches.').optional(),
  threads: z.int().min(1).max(64).optional(),
})

/** The project file: dbt's keys, and `source-paths`, `environment`, `landing-schema` and `targets` of our own. */
export const projectSchema = z.strictObject({
  name: text.regex(
    /^[^\s\d!-/:-@[-^`{-~][^\s!-/:-@[-^`{-~]*$/,
    'a project name holds letters, digits and underscores, and begins with none of the digits',
  ),
  version: z.union([text, z.number()]).nullish(),
  'config-version': z.union([z.number(), text]).nullish(),
  profile: text.nullish().describe('Read by dbt alone: Strata connects by DATABASE_URL or a target.'),
  'require-dbt-version': texts.nullish(),
  'model-paths': names.nullish(),
  'source-paths': names.nullish().describe('Folders of the YAML files that declare sources.'),
  'seed-paths': names.nullish(),
  'snapshot-paths': names.nullish(),
  'analysis-paths': names.nullish(),
  'macro-paths': names.nullish(),
  'test-paths': names.nullish(),
  'docs-paths': names.nullish(),
  'asset-paths': names.nullish(),
  'function-paths': names.nullish(),
  'data-paths': names.nullish().describe('Old name of seed-paths.'),
  'target-path': text.nullish(),
  'log-path': text.nullish(),
  'packages-install-path': text.nullish(),
  'clean-targets': names.nullish(),
  vars: tree.describe('Variables, of all packages or below the name of one.'),
  models: tree.describe('Configuration by folder; keys with + are configuration, the others are folders.'),
  seeds: tree,
  snapshots: tree,
  sources: tree,
  analyses: tree,
  tests: tree,
  data_tests: tree,
  unit_tests: tree,
  exposures: tree,
  functions: tree,
  metrics: tree,
  'semantic-models': tree,
  'saved-queries': tree,
  dispatch: z
    .array(z.strictObject({ macro_namespace: text, search_order: names }))
    .nullish()
    .describe('Where the macros of a namespace are looked for first.'),
  'on-run-start': commands,
  'on-run-end': commands,
  quoting: quoting.nullish(),
  'query-comment': z.union([text, mapping]).nullish(),
  'restrict-access': flag.nullish(),
  flags: tree,
  'dbt-cloud': tree,
  environment: names.nullish().describe('Environment variables that templates may read with env_var().'),
  'landing-schema': text.nullish().describe('Schema in which bronze lives; else `bronze`.'),
  targets: z.record(z.string(), target).nullish().describe('Databases and schema prefixes, by name.'),
})
