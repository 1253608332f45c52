import type { Migration } from '@strata/core'
import { formerRowsMigration } from './former-rows-migration.ts'

/**
 * The triggers that keep former rows are made to fire always, under any `session_replication_role`. Whoever disables them, and
 * enables them again in the usual way, leaves them firing as others do: that shows that rows may have left unseen, and they are kept anew.
 */
export const disabledTriggersMigration: Migration = {
  version: 13,
  name: 'triggers that were disabled for a while are known by how they fire',
  statements: ['keeps_former_rows', 'keep_former_rows'].map((name) =>
    formerRowsMigration.statements
      .find((statement) => statement.startsWith(`create function strata.${name}(`))!
      .replace('create function', 'create or replace function')
      .replaceAll("t.tgenabled <> 'D'", "t.tgenabled = 'A'"),
  ),
}
