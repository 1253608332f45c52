import type { Migration } from '@strata/core'

export const contractMigration: Migration = {
  version: 11,
  name: 'what models promise',
  statements: [
    'alter table strata.relations add column contract jsonb',
    `comment on column strata.relations.contract is 'Columns and constraints that it promised when it was last published: what of them is gone from the project goes from the relation.'`,
  ],
}
