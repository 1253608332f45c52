import type { Migration } from '@strata/core'
import { batchesMigration } from './batches-migration.ts'
import { changeColumnsMigration } from './change-columns-migration.ts'
import { contractMigration } from './contract-migration.ts'
import { disabledTriggersMigration } from './disabled-triggers-migration.ts'
import { failingRowsMigration } from './failing-rows-migration.ts'
import { formerRowsMigration } from './former-rows-migration.ts'
import { prunedRowsMigration } from './pruned-rows-migration.ts'
import { readAndStoreMigration } from './read-and-store-migration.ts'
import { stepFunctionsMigration } from './step-functions-migration.ts'
import { takenOverMigration } from './taken-over-migration.ts'

/** The runner's part of the schema `strata`. `target` is a `stateKey` everywhere. */
export const runnerMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'runs, steps, relations, watermarks, schemas',
    statements: [
      `create table strata.runs (
  run_id text primary key,
  target text not null,
  command text not null,
  status text not null check (status in ('running', 'success', 'failed', 'cancelled')),
  steps integer not null,
  started_at timestamptz not null,
  finished_at timestamptz
)`,
      'create index on strata.runs (started_at)',
      `comment on table strata.runs is 'One row a run; a run that was killed stays "running".'`,
      `create table strata.steps (
  run_id text not null references strata.runs on delete cascade,
  node text not null,
  kind text not null,
  name text not null,
  status text not null,
  action text not null,
  message text not null,
  counts jsonb not null,
  started_at timestamptz,
  finished_at timestamptz,
  milliseconds double precision not null,
  error_code text,
  error_message text,
  because text,
  stale_because text[] not null,
  primary key (run_id, node)
)`,
      `create table strata.relations (
  target text not null,
  schema_name text not null,
  relation_name text not null,
  node text not null,
  kind text not null,
  relation_oid oid not null,
  fingerprint text not null,
  definition_hash text,
  retired boolean not null default false,
  written_by xid8 not null default pg_current_xact_id(),
  run_id text not null,
  built_at timestamptz not null,
  primary key (target, schema_name, relation_name)
)`,
      'create index on strata.relations (schema_name, relation_name)',
      `comment on table strata.relations is 'What Strata built, and may therefore drop.'`,
      `comment on column strata.relations.retired is 'Renamed away, and still read by a view that waits for its own step.'`,
      `comment on column strata.relations.written_by is 'Differs from xmin when the row came out of a dump.'`,
      `create table strata.watermarks (
  target text not null,
  node text not null,
  parent text not null,
  snapshot pg_snapshot not null,
  source_oid oid not null,
  written_by xid8 not null default pg_current_xact_id(),
  run_id text not null,
  updated_at timestamptz not null,
  primary key (target, node, parent)
)`,
      `comment on table strata.watermarks is 'How far each edge of an incremental model has been consumed.'`,
      `create table strata.schemas (
  target text not null,
  schema_name text not null,
  primary key (target, schema_name)
)`,
      `comment on table strata.schemas is 'Schemas that a target created, and may therefore drop when they are empty.'`,
    ],
  },
  {
    version: 2,
    name: 'watermarks name the relation that they were written with',
    statements: [
      'alter table strata.watermarks add column relation_oid oid',
      `comment on column strata.watermarks.relation_oid is 'The relation that holds what was consumed; another one under the name of the model knows nothing of it.'`,
    ],
  },
  {
    version: 3,
    name: 'signs of life of a run, steps under way, what relations were built from',
    statements: [
      `alter table strata.runs
  drop constraint runs_status_check,
  add constraint runs_status_check check (status in ('running', 'success', 'failed', 'cancelled', 'crashed')),
  add column heartbeat_at timestamptz,
  add column holds_lock boolean not null default false,
  add column arguments jsonb not null default '{}',
  add column planned jsonb not null default '[]'`,
      `comment on table strata.runs is 'One row a run. A run that was killed stays "running" until the next one closes it as "crashed".'`,
      `comment on column strata.runs.heartbeat_at is 'When the run last said that it is alive.'`,
      `comment on column strata.runs.holds_lock is 'The run holds an advisory lock as long as it lives; false behind a transaction pooler, where such a lock means nothing.'`,
      `comment on column strata.runs.arguments is 'What was asked for, by option.'`,
      `comment on column strata.runs.planned is 'The steps of the plan: [node, kind, name].'`,
      'create index on strata.runs (target, started_at)',
      `create index on strata.runs (run_id) where status = 'running'`,
      'create index on strata.steps (node, started_at desc)',
      `comment on column strata.steps.status is 'running, then success, warned, failed, skipped or cancelled; interrupted when the run was killed.'`,
      `alter table strata.relations
  add column compiled_sql text,
  add column configuration jsonb,
  add column planned_fingerprint text`,
      `comment on column strata.relations.compiled_sql is 'The SELECT that it was built from; null for a seed.'`,
      `comment on column strata.relations.planned_fingerprint is 'The fingerprint before a template that asks the database was rendered.'`,
    ],
  },
  formerRowsMigration,
  batchesMigration,
  changeColumnsMigration,
  {
    version: 7,
    name: 'what a view is defined as, whatever the search path',
    statements: [
      // Its text depends on the search path, which a function can have for itself.
      `create function strata.definition_hash(relation oid) returns text
language sql stable set search_path = pg_catalog
return case when (select relkind from pg_catalog.pg_class where oid = relation) in ('v', 'm')
  then md5(pg_get_viewdef(relation)) end`,
    ],
  },
  stepFunctionsMigration,
  failingRowsMigration,
  takenOverMigration,
  contractMigration,
  readAndStoreMigration,
  disabledTriggersMigration,
  prunedRowsMigration,
]
