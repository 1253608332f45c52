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

const access = oneOf(['private', 'protected', 'public'])

const includeExclude = z.strictObject({
  include: texts.describe('"all", "*", or the names of the model\'s columns that this version has.'),
  exclude: texts.nullish(),
})

const modelVersion = z.strictObject({
  v: version,
  defined_in: text.nullish().describe('The file of this version, without `.sql`; else <model>_v<v>.'),
  description: text.nullish(),
  access: access.nullish(),
  group: text.nullish(),
  config: modelConfig.nullish(),
  constraints: z.array(constraint).nullish(),
  docs: docs.nullish(),
  meta: meta.nullish(),
  tags: texts.nullish(),
  tests: tests.nullish(),
  data_tests: tests.nullish(),
  columns: z.array(z.union([includeExclude, columnSchema])).nullish(),
  deprecation_date: text.nullish(),
})

export const modelSchema = z
  .strictObject({
    ...described,
    config: modelConfig.nullish(),
    columns: columnsSchema.nullish(),
    tests: tests.nullish(),
    data_tests: tests.nullish(),
    constraints: z.array(constraint).nullish(),
    access: access.nullish(),
    group: text.nullish(),
    latest_version: version.nullish(),
    versions: z.array(modelVersion).nullish(),
    deprecation_date: text.nullish(),
    freshness: modelFreshness.nullish(),
    quote_columns: flag.nullish(),
    time_spine: z
      .strictObject({
        standard_granularity_column: text,
        custom_granularities: z.array(z.strictObject({ name: text, column_name: text.nullish() })).nullish(),
      })
      .nullish(),
    semantic_model: z.unknown().optional(),
    derived_semantics: z.unknown().optional(),
    metrics: z.unknown().optional(),
    primary_entity: z.unknown().optional(),
    agg_time_dimension: z.unknown().optional(),
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
