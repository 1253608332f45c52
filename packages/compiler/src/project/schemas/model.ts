import * as z from 'zod'
import { columnSchema, columnsSchema } from './column.ts'
import { modelConfig } from './config.ts'
import {
  constraint,
  described,
  docs,
  flag,
  meta,
  modelFreshness,
  oneOf,
  tests,
  text,
  texts,
  version,
} from './parts.ts'

const unused = z.unknown().optional().describe('Accepted, and not used.')

const access = oneOf(['private', 'protected', 'public'])

const includeExclude = z.strictObject({
  include: texts.describe('"all", "*", or the names of the model\'s columns that this version has.'),
  exclude: texts.nullish().describe('But not these.'),
})

const modelVersion = z.strictObject({
  v: version.describe('Of the version: a number or a word.'),
  defined_in: text.nullish().describe('The file of this version, without `.sql`; else <model>_v<v>.'),
  description: text.nullish().describe('What differs in this version.'),
  access: access.nullish().describe('Who may refer to it: its group, its package, everybody.'),
  group: text.nullish().describe('The group that owns it.'),
  config: modelConfig.nullish().describe('Its configuration, over that of the model.'),
  constraints: z.array(constraint).nullish().describe('What Postgres enforces on its rows.'),
  docs: docs.nullish().describe('How tools of dbt show it.'),
  meta: meta.nullish(),
  tags: texts.nullish().describe('Words to select it by.'),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
  columns: z
    .array(z.union([includeExclude, columnSchema]))
    .nullish()
    .describe('Its columns; include and exclude take over those of the model.'),
  deprecation_date: text
    .nullish()
    .describe('From when on nobody should refer to it: references are warned of.'),
})

export const modelSchema = z
  .strictObject({
    ...described,
    config: modelConfig.nullish().describe('Its configuration.'),
    columns: columnsSchema.nullish().describe('Its columns.'),
    tests: tests.nullish(),
    data_tests: tests.nullish(),
    constraints: z.array(constraint).nullish().describe('What Postgres enforces on its rows.'),
    access: access
      .nullish()
      .describe(
        'Who may refer to it: its group (private), its package (protected, the default), everybody (public).',
      ),
    group: text.nullish().describe('The group that owns it.'),
    latest_version: version
      .nullish()
      .describe('The version that ref() without one means. Default: the highest.'),
    versions: z.array(modelVersion).nullish().describe('Versions that live side by side.'),
    deprecation_date: text
      .nullish()
      .describe('From when on nobody should refer to it: references are warned of.'),
    freshness: modelFreshness.nullish().describe('Accepted, and not used.'),
    quote_columns: flag.nullish().describe('Accepted, and not used.'),
    time_spine: z
      .strictObject({
        standard_granularity_column: text,
        custom_granularities: z.array(z.strictObject({ name: text, column_name: text.nullish() })).nullish(),
      })
      .nullish()
      .describe('Accepted, and not used.'),
    semantic_model: unused,
    derived_semantics: unused,
    metrics: unused,
    primary_entity: unused,
    agg_time_dimension: unused,
  })
  .check(({ value, issues }) => {
    const versions = value.versions ?? []
    const complain = (message: string, path: PropertyKey[], input: unknown) =>
      issues.push({ code: 'custom', message, path, input })
    const seen = new Set<string>()
    for (const [index, entry] of versions.entries()) {
      if (seen.has(String(entry.v)))
        complain(`version ${entry.v} stands twice`, ['versions', index, 'v'], entry.v)
      seen.add(String(entry.v))
      const includes = (entry.columns ?? []).filter((column) => 'include' in column)
      if (includes.length > 1)
        complain('a version has at most one include/exclude', ['versions', index, 'columns'], entry.columns)
    }
    const latest = value.latest_version ?? null
    if (latest !== null && !seen.has(String(latest))) {
      complain(
        `there is no version ${latest} among ${versions.map(({ v }) => v).join(', ') || 'none'}`,
        ['latest_version'],
        latest,
      )
    }
  })
