import type { Migration } from '@strata/core'

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
]
