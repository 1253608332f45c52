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

const unused = z.unknown().optional().describe('Accepted, and not used.')

const hooks = z.union([text, mapping, z.array(z.union([text, mapping]))])

const everywhere = {
  enabled: flag.nullish().describe('false: as if it were not there.'),
  tags: texts.nullish().describe('Words to select it by: --select tag:daily.'),
  meta: meta.nullish(),
}

/** Of what becomes a relation, or may: models, seeds, snapshots, tests. */
const placed = {
  ...everywhere,
  alias: text.nullish().describe('Name of the relation, where it is not that of the file.'),
  schema: text.nullish().describe('Schema of the relation, behind the prefix of the target.'),
  database: text.nullish().describe('The database of the target: no other can be named.'),
  group: text.nullish().describe('The group that owns it.'),
  static_analysis: unused,
}

const built = {
  ...placed,
  materialized: text
    .nullish()
    .describe(
      'How it becomes a relation: view (the default of models), table, incremental, materialized_view, ephemeral.',
    ),
  persist_docs: z
    .strictObject({
      relation: flag.nullish().describe('That of the relation.'),
      columns: flag.nullish().describe('Those of its columns.'),
    })
    .nullish()
    .describe('For macros that ask for it: descriptions always become comments in the database.'),
  'pre-hook': hooks
    .nullish()
    .describe('SQL before the step, in its transaction unless transaction: false stands there.'),
  'post-hook': hooks.nullish().describe('SQL after the step, likewise.'),
  pre_hook: hooks.nullish().describe('Another name of pre-hook.'),
  post_hook: hooks.nullish().describe('Another name of post-hook.'),
  quoting: quoting.nullish().describe('Which parts of its name are quoted.'),
  column_types: mapping.nullish().describe('Of seeds: types of columns by name.'),
  on_change: text
    .nullish()
    .describe(
      'What an incremental model does when its SQL changes: rebuild (the default), or keep its rows (the default in a dbt_project.yml).',
    ),
  full_refresh: flag.nullish().describe('false: --full-refresh leaves it alone. true: it is always rebuilt.'),
  unique_key: texts
    .nullish()
    .describe(
      'Columns that tell its rows apart. Of a model in increments: rows that are there are replaced by it.',
    ),
  on_schema_change: oneOf(['ignore', 'append_new_columns', 'sync_all_columns', 'fail'])
    .nullish()
    .describe(
      'What an incremental model does when its SELECT yields other columns. Default: fail; ignore in a dbt_project.yml.',
    ),
  on_configuration_change: oneOf(['apply', 'continue', 'fail'])
    .nullish()
    .describe('Of materialized views; what changed is always applied.'),
  outside_of_batch: oneOf(['fail', 'keep'])
    .nullish()
    .describe(
      'What becomes of rows of a batch whose event_time lies outside of it: an error (the default), or they are kept (the default in a dbt_project.yml), and then no row leaves a batch.',
    ),
  on_error: oneOf(['skip_children', 'continue'])
    .nullish()
    .describe('Accepted, and not used: children of a step that failed are skipped.'),
  grants: z
    .record(z.string(), z.union([texts, z.null()]))
    .nullish()
    .describe('Privilege to roles: `select: [reader]`.'),
  packages: texts.nullish().describe('Accepted, and not used.'),
  docs: docs.nullish().describe('How tools of dbt show it.'),
  contract: z
    .strictObject({
      enforced: flag.nullish().describe('The columns must be those that are declared, with their types.'),
      alias_types: flag.nullish().describe('Accepted: types are always compared as Postgres knows them.'),
    })
    .nullish()
    .describe('What its readers may rely on.'),
  event_time: text.nullish().describe('The column that says when a row happened, for models in batches.'),
  sql_header: text.nullish().describe('Accepted, and not used.'),
  indexes: z
    .union([
      text,
      z.array(
        z.looseObject({
          columns: texts.nullish().describe('Columns, or SQL expressions over them.'),
          unique: flag.nullish().describe('No two rows are alike in them.'),
          type: text.nullish().describe('btree (the default), hash, gin, gist, brin, …'),
          where: text.nullish().describe('Only rows for which this holds are in it.'),
          include: texts.nullish().describe('Columns that are stored in it and not searched by.'),
          name: text.nullish().describe('Default: a name derived from what it indexes.'),
        }),
      ),
    ])
    .nullish()
    .describe('Indexes of the table.'),
  unlogged: flag
    .nullish()
    .describe('The table is not in the write-ahead log: quicker, and empty after a crash.'),
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
        name: text.describe('Of the policy, once a table.'),
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
  description: text.nullish().describe('What it is; the properties say it better.'),
  predicates: z
    .union([text, z.array(z.unknown())])
    .nullish()
    .describe('Another name of incremental_predicates.'),
}

export const modelConfig = z.looseObject({
  ...built,
  incremental_strategy: text
    .nullish()
    .describe(
      'How an increment is written: merge (the default with a unique_key), append (without), delete+insert, microbatch.',
    ),
  incremental_predicates: z
    .union([text, z.array(z.unknown())])
    .nullish()
    .describe('Conditions on the rows of the table that an increment may change.'),
  merge_update_columns: texts.nullish().describe('Of a row that is there, only these columns are written.'),
  merge_exclude_columns: texts
    .nullish()
    .describe('Of a row that is there, all but these columns are written.'),
  batch_size: oneOf(['hour', 'day', 'month', 'year'])
    .nullish()
    .describe('Of a model in batches: how much time a batch spans.'),
  lookback: count
    .nullish()
    .describe('Of a model in batches: how many batches before the current one are built again. Default: 1.'),
  begin: text.nullish().describe('Of a model in batches: where the first batch begins.'),
  concurrent_batches: flag.nullish().describe('Accepted: batches are built one after the other.'),
  access: oneOf(['private', 'protected', 'public'])
    .nullish()
    .describe('Who may refer to it: its group, its package, everybody.'),
  freshness: modelFreshness.nullish().describe('Accepted, and not used.'),
  constraints: z.array(constraint).nullish().describe('What Postgres enforces on its rows.'),
  watermark: watermark.nullish(),
  order_by: texts.nullish().describe('Accepted, and not used.'),
  distribute_by: text.nullish().describe('For Citus; not used yet.'),
  colocate_with: text.nullish().describe('For Citus; not used yet.'),
  reference: flag.nullish().describe('For Citus; not used yet.'),
})

export const seedConfig = z.looseObject({
  ...built,
  delimiter: text.nullish().describe('Between two values of a line. Default: a comma.'),
  quote_columns: flag.nullish().describe('Names of columns are taken as they are written. Default: true.'),
  watermark: watermark.nullish(),
})

export const snapshotConfig = z.looseObject({
  ...built,
  strategy: text.nullish().describe('timestamp, check, or one of your own.'),
  updated_at: text
    .nullish()
    .describe('The column that says when a row last changed, for strategy: timestamp.'),
  check_cols: texts
    .nullish()
    .describe('The columns that are compared for strategy: check; all takes them all.'),
  target_schema: text.nullish().describe('Another name of schema, without the prefix of the target.'),
  target_database: text.nullish().describe('Another name of database.'),
  hard_deletes: oneOf(['ignore', 'invalidate', 'new_record'])
    .nullish()
    .describe(
      'What becomes of rows that are gone: left as they are (the default), closed, or closed with a row that says so.',
    ),
  invalidate_hard_deletes: flag.nullish().describe('Old name of hard_deletes: invalidate.'),
  dbt_valid_to_current: text.nullish().describe('What dbt_valid_to holds in current rows instead of null.'),
  snapshot_meta_column_names: mapping.nullish().describe('Other names for dbt_valid_from and its like.'),
  freshness: unused,
})

export const analysisConfig = z.looseObject({
  ...placed,
  docs: docs.nullish().describe('How tools of dbt show it.'),
  description: text.nullish().describe('What it is.'),
})

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
  severity: text
    .regex(/^(?:warn|error)$|\{\{/i, 'a severity is warn or error')
    .nullish()
    .describe('error (the default), or warn.'),
  store_failures: flag.nullish().describe('Failing rows are kept in a table of their own.'),
  store_failures_as: oneOf(['table', 'view', 'ephemeral'])
    .nullish()
    .describe('As what they are kept; ephemeral: not at all.'),
  keep_failures_days: count
    .nullish()
    .describe('How long failing rows stay that only the owner of the state may read; 30 by default.'),
  quarantine: quarantine
    .nullish()
    .describe(
      'models build moves failing rows of a bronze table into strata.dead_letters and goes on. true: at most 1 % of its rows, or 10, and never more than half of them; max: another number or share.',
    ),
  where: text.nullish().describe('Only rows for which this holds are tested.'),
  limit: count.nullish().describe('No more failing rows are looked at.'),
  fail_calc: text.nullish().describe('What of the failing rows is counted. Default: count(*).'),
  warn_if: text.nullish().describe('From which count on it warns. Default: != 0.'),
  error_if: text.nullish().describe('From which count on it fails. Default: != 0.'),
  materialized: text.nullish().describe('Accepted, and not used.'),
  description: text.nullish().describe('What it is.'),
  sql_header: text.nullish().describe('Accepted, and not used.'),
})

export const sourceConfig = z.looseObject({
  ...everywhere,
  event_time: text.nullish().describe('The column that says when a row happened.'),
  freshness: freshness.nullish().describe('How old its newest row may be.'),
  loaded_at_field: text.nullish().describe('The column that says when a row landed.'),
  loaded_at_query: text.nullish().describe('A query that yields when the newest row landed.'),
  watermark: watermark.nullish(),
  static_analysis: unused,
  schema: text.nullish().describe('As schema of the source.'),
  database: text.nullish().describe('As database of the source.'),
  quoting: quoting.nullish().describe('Which parts of its name are quoted.'),
})

export const columnConfig = z.looseObject({ meta: meta.nullish(), tags: texts.nullish() })
export const macroConfig = z.looseObject({ meta: meta.nullish(), docs: docs.nullish() })
export const exposureConfig = z.looseObject({ ...everywhere })
export const groupConfig = z.looseObject({ meta: meta.nullish() })
export const unitTestConfig = z.looseObject({ ...everywhere, static_analysis: unused })
