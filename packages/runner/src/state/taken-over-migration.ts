import type { Migration } from '@strata/core'

export const takenOverMigration: Migration = {
  version: 10,
  name: 'histories that were there before',
  statements: [
    'alter table strata.relations add column taken_over boolean not null default false',
    `comment on column strata.relations.taken_over is 'A snapshot that somebody else began: Strata writes it, and never drops it.'`,
  ],
}
