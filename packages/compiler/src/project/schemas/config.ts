import * as z from 'zod'
import {
  constraint,
  count,
  docs,
  flag,
  freshness,
  mapping,
  meta,
  modelFreshness,
  oneOf,
  quoting,
  templatePattern,
  text,
  texts,
} from './parts.ts'
import { watermark } from './watermark.ts'

const hooks = z.union([text, mapping, z.array(z.union([text, mapping]))])

const everywhere = {
  enabled: flag.nullish(),
  tags: texts.nullish(),
  meta: meta.nullish(),
}

/** Of what becomes a relation, or may: models, seeds, snapshots, tests. */
const placed = {
  ...everywhere,
  alias: text.nullish().describe('Name of the relation, where it is not that of the file.'),
  schema: text.nullish(),
  database: text.nullish(),
  group: text.nullish(),
  static_analysis: z.unknown().optional(),
}

const built = {
  ...placed,
  materialized: text.nullish(),
  persist_docs: z.strictObject({ relation: flag.nullish(), columns: flag.nullish() }).nullish(),
  'pre-hook': hooks.nullish(),
  'post-hook': hooks.nullish(),
  pre_hook: hooks.nullish(),
  post_hook: hooks.nullish(),
  quoting: quoting.nullish(),
  column_types: mapping.nullish(),
  on_change: text
    .nullish()
    .describe(
      'What an incremental model does when its SQL changes: rebuild (the default), or keep its rows (the default in a dbt_project.yml).',
    ),
  full_refresh: flag.nullish().describe('false: --full-refresh leaves it alone. true: it is always rebuilt.'),
  unique_key: texts.nullish(),
  on_schema_change: oneOf(['ignore', 'append_new_columns', 'sync_all_columns', 'fail']).nullish(),
  on_configuration_change: oneOf(['apply', 'continue', 'fail']).nullish(),
  outside_of_batch: oneOf(['fail', 'keep'])
    .nullish()
    .describe(
      'What becomes of rows of a batch whose event_time lies outside of it: an error (the default), or they are kept (the default in a dbt_project.yml), and then no row leaves a batch.',
    ),
  on_error: oneOf(['skip_children', 'continue']).nullish(),
  grants: z
    .record(z.string(), z.union([texts, z.null()]))
    .nullish()
    .describe('Privilege to roles: `select: [reader]`.'),
  packages: texts.nullish(),
  docs: docs.nullish(),
  contract: z.strictObject({ enforced: flag.nullish(), alias_types: flag.nullish() }).nullish(),
  event_time: text.nullish(),
  sql_header: text.nullish(),
  indexes: z
    .union([
      text,
      z.array(
        z.looseObject({
          columns: texts.nullish(),
          unique: flag.nullish(),
          type: text.nullish().describe('btree (the default), hash, gin, gist, brin, …'),
          where: text.nullish().describe('Only rows for which this holds are in it.'),
          include: texts.nullish().describe('Columns that are stored in it and not searched by.'),
          name: text.nullish().describe('Default: a name derived from what it indexes.'),
        }),
      ),
    ])
    .nullish(),
  unlogged: flag.nullish(),
  fillfactor: z
    .union([z.int().min(10).max(100), z.string().regex(templatePattern)])
    .nullish()
    .describe('Percentage to which the pages of the table are filled.'),
  publish: oneOf(['exchange', 'in_place'])
    .nullish()
    .describe(
      'exchange (the default): a table that is built anew takes the place of the former one. in_place: what differs is written into it, for readers with snapshots of their own.',
    ),
  policies: z
    .array(
      z.strictObject({
        name: text,
        command: oneOf(['all', 'select', 'insert', 'update', 'delete']).nullish().describe('Default: all.'),
        roles: texts.nullish().describe('Default: public, which is everybody.'),
        using: text.nullish().describe('Condition on the rows that are seen.'),
        with_check: text.nullish().describe('Condition on the rows that are written.'),
        permissive: flag.nullish().describe('false: it restricts what the others allow.'),
      }),
    )
    .nullish()
    .describe(
      'Row-level security of the table: who sees which rows. An empty list lets nobody but the owner see any.',
    ),
  force_row_security: flag.nullish().describe('The policies hold for the owner of the table, too.'),
  security_invoker: flag
    .nullish()
    .describe(
      'Whether a view reads with the rights of whoever reads it. Default: where it reads a table with policies.',
    ),
  description: text.nullish(),
  predicates: z.union([text, z.array(z.unknown())]).nullish(),
}

export const modelConfig = z.looseObject({
  ...built,
  incremental_strategy: text.nullish(),
  incremental_predicates: z.union([text, z.array(z.unknown())]).nullish(),
  merge_update_columns: texts.nullish(),
  merge_exclude_columns: texts.nullish(),
  batch_size: oneOf(['hour', 'day', 'month', 'year']).nullish(),
  lookback: count.nullish(),
  begin: text.nullish(),
  concurrent_batches: flag.nullish(),
  access: oneOf(['private', 'protected', 'public']).nullish(),
  freshness: modelFreshness.nullish(),
  constraints: z.array(constraint).nullish(),
  watermark: watermark.nullish(),
  order_by: texts.nullish(),
  distribute_by: text.nullish(),
  colocate_with: text.nullish(),
  reference: flag.nullish(),
})

export const seedConfig = z.looseObject({
  ...built,
  delimiter: text.nullish(),
  quote_columns: flag.nullish(),
  watermark: watermark.nullish(),
})

export const snapshotConfig = z.looseObject({
  ...built,
  strategy: text.nullish().describe('timestamp, check, or one of your own.'),
  updated_at: text.nullish(),
  check_cols: texts.nullish(),
  target_schema: text.nullish(),
  target_database: text.nullish(),
  hard_deletes: oneOf(['ignore', 'invalidate', 'new_record']).nullish(),
  invalidate_hard_deletes: flag.nullish(),
  dbt_valid_to_current: text.nullish(),
  snapshot_meta_column_names: mapping.nullish(),
  freshness: z.unknown().optional(),
})

export const analysisConfig = z.looseObject({ ...placed, docs: docs.nullish(), description: text.nullish() })

const quarantine = z.union([
  flag,
  z.strictObject({
    max: z.union([
      z.int().min(0),
      text.regex(/^\d+(\.\d+)? *%$/, 'max is a number of rows, 500, or a share, 5%'),
    ]),
  }),
])

export const testConfig = z.looseObject({
  ...placed,
  severity: text.regex(/^(?:warn|error)$|\{\{/i, 'a severity is warn or error').nullish(),
  store_failures: flag.nullish(),
  store_failures_as: oneOf(['table', 'view', 'ephemeral']).nullish(),
  keep_failures_days: count
    .nullish()
    .describe('How long failing rows stay that only the owner of the state may read; 30 by default.'),
  quarantine: quarantine
    .nullish()
    .describe(
      'models build moves failing rows of a bronze table into strata.dead_letters and goes on. true: at most 1 % of its rows, or 10, and never more than half of them; max: another number or share.',
    ),
  where: text.nullish(),
  limit: count.nullish(),
  fail_calc: text.nullish(),
  warn_if: text.nullish(),
  error_if: text.nullish(),
  materialized: text.nullish(),
  description: text.nullish(),
  sql_header: text.nullish(),
})

export const sourceConfig = z.looseObject({
  ...everywhere,
  event_time: text.nullish(),
  freshness: freshness.nullish(),
  loaded_at_field: text.nullish(),
  loaded_at_query: text.nullish(),
  watermark: watermark.nullish(),
  static_analysis: z.unknown().optional(),
  schema: text.nullish(),
  database: text.nullish(),
  quoting: quoting.nullish(),
})

export const columnConfig = z.looseObject({ meta: meta.nullish(), tags: texts.nullish() })
export const macroConfig = z.looseObject({ meta: meta.nullish(), docs: docs.nullish() })
export const exposureConfig = z.looseObject({ ...everywhere })
export const groupConfig = z.looseObject({ meta: meta.nullish() })
export const unitTestConfig = z.looseObject({ ...everywhere, static_analysis: z.unknown().optional() })
