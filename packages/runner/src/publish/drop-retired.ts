import { type Database, DatabaseError } from '@strata/core'
import { dropOwned, readOwnedRelations } from '../state/owned-relation.ts'

/** Drops former relations that no view reads any more; those still in use wait for a later step. */
export async function dropRetired(database: Database, key: string): Promise<void> {
  for (const owned of await readOwnedRelations(database, key, 'retired')) {
    try {
      await dropOwned(database, key, owned, 200)
    } catch (error) {
      if (!(error instanceof DatabaseError) || !stillInUse.has(error.sqlstate ?? '')) throw error
    }
  }
}

/** dependent_objects_still_exist, lock_not_available, deadlock_detected, undefined_table (another run was faster) */
const stillInUse = new Set(['2BP01', '55P03', '40P01', '42P01'])
