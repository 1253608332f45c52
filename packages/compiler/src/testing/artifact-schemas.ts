import { z } from 'zod'

/**
 * What readers of dbt's artifacts rely on, by the published schemas (manifest v12, catalog v1, run results v6, sources v3):
 * every key that Strata writes, its type, and that there is no other one.
 */
export type ArtifactName = 'manifest' | 'catalog' | 'run_results' | 'sources'

/** What is wrong with an artifact, a line for each place; empty: nothing. */
export function artifactProblems(name: ArtifactName, artifact: unknown): readonly string[] {
  const { error } = artifacts[name].safeParse(artifact)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('/')}: ${message}`)
}

const text = z.string()
const textOrNull = text.nullable()
const texts = z.array(text)
const mapping = z.record(text, z.unknown())
const flag = z.boolean()

const head = {
  dbt_schema_version: text.regex(/^https:\/\/schemas\.getdbt\.com\/dbt\/[a-z-]+\/v\d+\.json$/),
  dbt_version: text,
  generated_at: z.iso.datetime(),
  invocation_id: textOrNull,
  env: z.record(text, text),
}

const shown = z.strictObject({ show: flag, node_color: textOrNull })
const ofSchema = z.strictObject({ enforced: flag, alias_types: flag, checksum: textOrNull })
const reference = z.strictObject({
  name: text,
  package: textOrNull,
  version: z.union([text, z.number()]).nullable(),
})
const hook = z.strictObject({ sql: text, transaction: flag, index: z.int().nullable() })
const constraint = z.strictObject({
  type: z.enum(['check', 'not_null', 'unique', 'primary_key', 'foreign_key', 'custom']),
  name: textOrNull,
  expression: textOrNull,
  warn_unenforced: flag,
  warn_unsupported: flag,
  to: textOrNull,
  to_columns: texts,
  columns: texts.optional(),
})
const column = z.strictObject({
  name: text,
  description: text,
  quote: flag.nullable(),
  constraints: z.array(constraint),
  data_type: textOrNull,
  meta: mapping,
  tags: texts,
  config: z.strictObject({ meta: mapping, tags: texts }).optional(),
})

const resource = {
  unique_id: text,
  name: text,
  package_name: text,
  path: text,
  original_file_path: text,
}
const described = { ...resource, fqn: texts, description: text, created_at: z.number() }
const labelled = { tags: texts, meta: mapping }
const dependencies = {
  depends_on: z.strictObject({ macros: texts, nodes: texts }),
  refs: z.array(reference),
  sources: z.array(z.tuple([text, text])),
  metrics: z.array(texts),
}
const parsed = {
  ...described,
  ...labelled,
  database: text,
  schema: text,
  alias: text,
  group: textOrNull,
  docs: shown,
  patch_path: textOrNull,
  build_path: z.null(),
  relation_name: textOrNull,
  columns: z.record(text, column),
  checksum: z.strictObject({ name: z.enum(['sha256', 'none']), checksum: text }),
  unrendered_config: mapping,
  raw_code: text,
}
const compiled = {
  ...parsed,
  ...dependencies,
  language: text,
  compiled: flag,
  compiled_code: textOrNull,
  compiled_path: textOrNull,
  extra_ctes: z.array(z.never()),
  extra_ctes_injected: flag,
  contract: ofSchema,
}

// The configuration is the one place where other keys are allowed.
const config = { enabled: flag, tags: texts, meta: mapping }
const placed = { alias: textOrNull, schema: textOrNull, database: textOrNull, group: textOrNull }
const building = z.looseObject({
  ...config,
  ...placed,
  materialized: text,
  incremental_strategy: textOrNull,
  batch_size: z.unknown(),
  lookback: z.unknown(),
  begin: z.unknown(),
  persist_docs: mapping,
  'pre-hook': z.array(hook),
  'post-hook': z.array(hook),
  quoting: mapping,
  column_types: mapping,
  full_refresh: flag.nullable(),
  unique_key: z.union([text, texts]).nullable(),
  on_schema_change: textOrNull,
  on_configuration_change: z.enum(['apply', 'continue', 'fail']),
  grants: mapping,
  packages: texts,
  docs: z.looseObject({ show: flag.optional() }),
  contract: z.looseObject({ enforced: flag }),
  event_time: z.unknown(),
  concurrent_batches: z.unknown(),
})

const nodes = z.discriminatedUnion('resource_type', [
  z.strictObject({
    resource_type: z.literal('model'),
    ...compiled,
    access: z.enum(['private', 'protected', 'public']),
    constraints: z.array(constraint),
    primary_key: texts,
    deprecation_date: textOrNull,
    time_spine: mapping.nullable(),
    version: z.union([text, z.number()]).nullable(),
    latest_version: z.union([text, z.number()]).nullable(),
    config: building,
  }),
  z.strictObject({
    resource_type: z.literal('seed'),
    ...parsed,
    root_path: textOrNull,
    depends_on: z.strictObject({ macros: texts }),
    config: building.extend({ delimiter: text, quote_columns: flag.nullable() }),
  }),
  z.strictObject({
    resource_type: z.literal('snapshot'),
    ...compiled,
    config: building.extend({
      strategy: textOrNull,
      target_schema: textOrNull,
      target_database: textOrNull,
      updated_at: textOrNull,
      check_cols: z.union([text, texts]).nullable(),
      snapshot_meta_column_names: z.record(text, textOrNull),
      dbt_valid_to_current: textOrNull,
    }),
  }),
  z.strictObject({ resource_type: z.literal('analysis'), ...compiled, config: building }),
  z.strictObject({
    resource_type: z.literal('test'),
    ...compiled,
    config: z.looseObject({
      ...config,
      ...placed,
      materialized: z.literal('test'),
      severity: text.regex(/^(warn|error)$/i),
      store_failures: flag.nullable(),
      store_failures_as: textOrNull,
      where: textOrNull,
      limit: z.int().nullable(),
      fail_calc: text,
      warn_if: text,
      error_if: text,
    }),
    attached_node: textOrNull.optional(),
    column_name: textOrNull.optional(),
    test_metadata: z.strictObject({ name: text, kwargs: mapping, namespace: textOrNull }).optional(),
  }),
])

const age = z.strictObject({
  count: z.int().nullable(),
  period: z.enum(['minute', 'hour', 'day']).nullable(),
})
const threshold = z.strictObject({ warn_after: age, error_after: age, filter: textOrNull })

const source = z.strictObject({
  resource_type: z.literal('source'),
  ...described,
  ...labelled,
  database: text,
  schema: text,
  identifier: text,
  relation_name: text,
  source_name: text,
  source_description: text,
  source_meta: mapping,
  loader: text,
  quoting: z.strictObject({ database: z.null(), schema: z.null(), identifier: z.null(), column: z.null() }),
  loaded_at_field: textOrNull,
  loaded_at_query: textOrNull,
  freshness: threshold.nullable(),
  external: z.null(),
  columns: z.record(text, column),
  patch_path: textOrNull,
  unrendered_config: mapping,
  config: z.looseObject({
    ...config,
    event_time: z.unknown(),
    loaded_at_field: textOrNull,
    loaded_at_query: textOrNull,
    freshness: threshold.nullable(),
    // Ours.
    job: z.looseObject({ unique_id: text.startsWith('job.') }).optional(),
  }),
})

const exposure = z.strictObject({
  resource_type: z.literal('exposure'),
  ...described,
  ...labelled,
  ...dependencies,
  type: z.enum(['dashboard', 'notebook', 'analysis', 'ml', 'application']),
  owner: z.looseObject({ email: z.union([text, texts]).nullable() }),
  label: textOrNull,
  maturity: z.enum(['low', 'medium', 'high']).nullable(),
  url: textOrNull,
  unrendered_config: mapping,
  config: z.looseObject(config),
})

const rows = {
  rows: z.union([text, z.array(mapping)]).nullable(),
  format: z.enum(['csv', 'dict', 'sql']),
  fixture: textOrNull,
}
const unitTest = z.strictObject({
  resource_type: z.literal('unit_test'),
  ...described,
  model: text,
  version: z.union([text, z.number()]).nullable(),
  versions: z.null(),
  given: z.array(z.strictObject({ input: text, ...rows })),
  expect: z.strictObject(rows),
  overrides: z
    .strictObject({ macros: mapping.optional(), vars: mapping.optional(), env_vars: mapping.optional() })
    .nullable(),
  depends_on: z.strictObject({ macros: texts, nodes: texts }),
  checksum: text,
  schema: textOrNull,
  config: z.looseObject(config),
})

const macro = z.strictObject({
  resource_type: z.literal('macro'),
  ...resource,
  macro_sql: text,
  depends_on: z.strictObject({ macros: texts }),
  description: text,
  meta: mapping,
  docs: shown,
  patch_path: textOrNull,
  arguments: z.array(z.never()),
  created_at: z.number(),
  supported_languages: z.null(),
})

const manifest = z.strictObject({
  metadata: z.strictObject({
    ...head,
    project_name: text,
    project_id: text,
    user_id: z.null(),
    send_anonymous_usage_stats: flag,
    adapter_type: z.literal('postgres'),
  }),
  nodes: z.record(text, nodes),
  sources: z.record(text, source),
  macros: z.record(text, macro),
  docs: z.record(
    text,
    z.strictObject({ resource_type: z.literal('doc'), ...resource, block_contents: text }),
  ),
  exposures: z.record(text, exposure),
  metrics: z.record(text, mapping),
  groups: z.record(
    text,
    z.strictObject({
      resource_type: z.literal('group'),
      ...resource,
      owner: z.looseObject({ email: z.union([text, texts]).nullable(), name: textOrNull }),
      description: textOrNull,
      config: z.looseObject({ meta: mapping }),
    }),
  ),
  selectors: mapping,
  disabled: mapping,
  parent_map: z.record(text, texts),
  child_map: z.record(text, texts),
  group_map: z.record(text, texts),
  saved_queries: mapping,
  semantic_models: mapping,
  functions: mapping,
  unit_tests: z.record(text, unitTest),
})

const table = z.strictObject({
  metadata: z.strictObject({
    type: text,
    schema: text,
    name: text,
    database: textOrNull,
    comment: textOrNull,
    owner: textOrNull,
  }),
  columns: z.record(
    text,
    z.strictObject({ type: text, index: z.int().positive(), name: text, comment: textOrNull }),
  ),
  stats: z.record(
    text,
    z.strictObject({
      id: text,
      label: text,
      value: z.union([flag, text, z.number()]).nullable(),
      include: flag,
      description: textOrNull,
    }),
  ),
  unique_id: text,
})

const catalog = z.strictObject({
  metadata: z.strictObject(head),
  nodes: z.record(text, table),
  sources: z.record(text, table),
  errors: z.array(text).nullable(),
})

const timing = z.array(
  z.strictObject({
    name: z.enum(['compile', 'execute']),
    started_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  }),
)
const spans = z.array(z.tuple([text, text]))

const runResults = z.strictObject({
  metadata: z.strictObject(head),
  results: z.array(
    z.strictObject({
      unique_id: text,
      status: z.enum(['success', 'error', 'skipped', 'partial success', 'no-op', 'pass', 'fail', 'warn']),
      timing,
      thread_id: text,
      execution_time: z.number(),
      adapter_response: mapping,
      message: textOrNull,
      failures: z.int().nullable(),
      compiled: flag.nullable(),
      compiled_code: textOrNull,
      relation_name: textOrNull,
      batch_results: z.strictObject({ successful: spans, failed: spans }).nullable(),
    }),
  ),
  elapsed_time: z.number(),
  args: mapping,
})

const sources = z.strictObject({
  metadata: z.strictObject(head),
  results: z.array(
    z.union([
      z.strictObject({
        unique_id: text,
        max_loaded_at: z.iso.datetime({ offset: true }),
        snapshotted_at: z.iso.datetime({ offset: true }),
        max_loaded_at_time_ago_in_s: z.number(),
        status: z.enum(['pass', 'warn', 'error']),
        criteria: threshold,
        adapter_response: mapping,
        timing,
        thread_id: text,
        execution_time: z.number(),
      }),
      z.strictObject({ unique_id: text, error: text, status: z.literal('runtime error') }),
    ]),
  ),
  elapsed_time: z.number(),
})

const artifacts = { manifest, catalog, run_results: runResults, sources }
