import type { Migration } from '@strata/core'

/**
 * Which batches of a model are done. A batch without a row here is a gap, and the next run fills it: so a run that dies between
 * two of them is resumed, and a late row needs no more than to take the row of its batch away.
 */
export const batchesMigration: Migration = {
  version: 5,
  name: 'batches of models that are built by time',
  statements: [
    `create table strata.batches (
  target text not null,
  node text not null,
  batch_start timestamptz not null,
  batch_size text not null,
  relation_oid oid not null,
  run_id text not null,
  written_by xid8 not null default pg_current_xact_id(),
  done_at timestamptz not null,
  primary key (target, node, batch_start)
)`,
    `comment on table strata.batches is 'Batches that are done and over; one that is still running has no row.'`,
    `comment on column strata.batches.relation_oid is 'The relation that holds it; another one under the name of the model knows nothing of it.'`,
    `comment on column strata.batches.written_by is 'Differs from xmin when the row came out of a dump.'`,
  ],
}
