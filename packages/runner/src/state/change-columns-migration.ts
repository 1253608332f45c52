import type { Migration } from '@strata/core'

/** Parents that do not record their changes: how far they were read cannot be told by a snapshot alone. */
export const changeColumnsMigration: Migration = {
  version: 6,
  name: 'watermarks of change columns, tables read by xmin',
  statements: [
    'alter table strata.watermarks add column columns jsonb, add column tables oid[]',
    `comment on column strata.watermarks.columns is 'Of a parent that is read by change columns: the greatest value of each that was believed, and what decided it.'`,
    `comment on column strata.watermarks.tables is 'Of a parent that is read by xmin: the tables it consisted of.'`,
  ],
}
