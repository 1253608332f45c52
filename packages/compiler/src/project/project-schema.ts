import * as z from 'zod'
import { lint } from './schemas/lint.ts'
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
  threads: z.int().min(1).max(64).describe('Steps at once; 4 where nothing is said.').optional(),
})

/** The project file: dbt's keys, and `source-paths`, `environment`, `landing-schema`, `lint` and `targets` of our own. */
export const projectSchema = z.strictObject({
  name: text
    .regex(
      /^[^\s\d!-/:-@[-^`{-~][^\s!-/:-@[-^`{-~]*$/,
      'a project name holds letters, digits and underscores, and begins with none of the digits',
    )
    .describe('Of the project: the package that its nodes are in.'),
  version: z.union([text, z.number()]).nullish().describe('Of the project; not used.'),
  'config-version': z.union([z.number(), text]).nullish().describe('Accepted, and not used.'),
  profile: text.nullish().describe('Read by dbt alone: Strata connects by DATABASE_URL or a target.'),
  'require-dbt-version': texts
    .nullish()
    .describe('Of packages: which versions of dbt they are for; not used.'),
  'model-paths': names.nullish().describe('Folders of models. Default: models.'),
  'source-paths': names
    .nullish()
    .describe('Folders of the YAML files that declare sources. Default: sources.'),
  'seed-paths': names.nullish().describe('Folders of seeds. Default: seeds.'),
  'snapshot-paths': names.nullish().describe('Folders of snapshots. Default: snapshots.'),
  'analysis-paths': names
    .nullish()
    .describe('Folders of analyses: SQL that is compiled and not run. Default: analyses.'),
  'macro-paths': names.nullish().describe('Folders of macros. Default: macros.'),
  'test-paths': names
    .nullish()
    .describe('Folders of singular tests, and of generic ones below generic/. Default: tests.'),
  'docs-paths': names.nullish().describe('Folders of .md files with docs blocks. Default: all of the above.'),
  'asset-paths': names.nullish().describe('Accepted, and not used.'),
  'function-paths': names.nullish().describe('Accepted, and not used.'),
  'data-paths': names.nullish().describe('Old name of seed-paths.'),
  'target-path': text.nullish().describe('Where artifacts and compiled SQL are written. Default: target.'),
  'log-path': text.nullish().describe('Accepted, and not used.'),
  'packages-install-path': text
    .nullish()
    .describe('Where models deps installs packages. Default: dbt_packages.'),
  'clean-targets': names.nullish().describe('Folders that models clean deletes. Default: the target path.'),
  vars: tree.describe('Variables, of all packages or below the name of one.'),
  models: tree.describe('Configuration by folder; keys with + are configuration, the others are folders.'),
  seeds: tree.describe('The same for seeds.'),
  snapshots: tree.describe('The same for snapshots.'),
  sources: tree.describe('The same for sources.'),
  analyses: tree.describe('The same for analyses.'),
  tests: tree.describe('Another name of data_tests.'),
  data_tests: tree.describe('The same for data tests.'),
  unit_tests: tree.describe('The same for unit tests.'),
  exposures: tree.describe('The same for exposures.'),
  functions: tree.describe('Accepted, and not used.'),
  metrics: tree.describe('Accepted, and not used.'),
  'semantic-models': tree.describe('Accepted, and not used.'),
  'saved-queries': tree.describe('Accepted, and not used.'),
  dispatch: z
    .array(
      z.strictObject({
        macro_namespace: text.describe('The package whose macros they are.'),
        search_order: names.describe('Packages in which they are looked for, in this order.'),
      }),
    )
    .nullish()
    .describe('Where the macros of a namespace are looked for first.'),
  'on-run-start': commands.describe('SQL, or calls of macros, before the first step of a run.'),
  'on-run-end': commands.describe('SQL, or calls of macros, after the last step of a run.'),
  quoting: quoting.nullish().describe('Which parts of the names of relations are quoted.'),
  'query-comment': z.union([text, mapping]).nullish().describe('Accepted, and not used.'),
  'restrict-access': flag
    .nullish()
    .describe('Models that are private or protected cannot be referred to from other packages.'),
  flags: tree.describe('Flags of dbt; those that mean nothing here are not used.'),
  'dbt-cloud': tree.describe('Accepted, and not used.'),
  environment: names.nullish().describe('Environment variables that templates may read with env_var().'),
  'landing-schema': text.nullish().describe('Schema in which bronze lives; else `bronze`.'),
  lint: lint.nullish().describe('What `models lint` looks for.'),
  targets: z.record(z.string(), target).nullish().describe('Databases and schema prefixes, by name.'),
})
