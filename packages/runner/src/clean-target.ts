import { type Database, DatabaseError, displayRelation, quoteIdentifier, type Target } from '@strata/core'
import { dropOwned, type OwnedRelation, readOwnedRelations } from './state/owned-relation.ts'
import { stateKey } from './state/state-key.ts'

export interface Cleaned {
  /** `view silver.x`, `schema silver`, in the order in which they were dropped. */
  readonly dropped: readonly string[]
  /** What stays, and why. */
  readonly kept: readonly { readonly name: string; readonly reason: string }[]
}

/**
 * Drops what a target built, and what it created of schemas once they are empty; nothing else, and never by CASCADE.
 * What cannot be dropped is reported, and stays known for the next time. The history of runs is kept.
 */
export async function cleanTarget(
  database: Database,
  target: Pick<Target, 'name' | 'prefix'>,
): Promise<Cleaned> {
  const key = stateKey(target)
  const dropped: string[] = []
  const kept: Kept[] = []
  let remaining = await readOwnedRelations(database, key, 'all')
  let blocked: Blocked[] = []
  // Dependents go first; each round drops at least the outermost.
  for (let progress = true; progress && remaining.length > 0; ) {
    blocked = []
    for (const owned of remaining) {
      const name = `${owned.kind} ${displayRelation(owned.relation)}`
      const reason = await dropOne(database, key, owned)
      if (reason !== null) blocked.push({ owned, name, reason })
      else if (owned.takenOver && !owned.gone)
        kept.push({ name, reason: 'it was there before; Strata only took it over' })
      else if (owned.same) dropped.push(name)
      else if (!owned.gone) kept.push({ name, reason: 'it is no longer what this target built' })
    }
    progress = blocked.length < remaining.length
    remaining = blocked.map(({ owned }) => owned)
  }
  kept.push(...blocked.map(({ name, reason }) => ({ name, reason })))
  await forgetFormerRows(database)
  await dropSchemas(database, key, dropped, kept)
  return { dropped, kept }
}

type Kept = Cleaned['kept'][number]
type Blocked = Kept & { readonly owned: OwnedRelation }

/** Why it could not be dropped; null when it is gone and forgotten. */
async function dropOne(database: Database, key: string, owned: OwnedRelation): Promise<string | null> {
  try {
    await dropOwned(database, key, owned, 5_000)
    return null
  } catch (error) {
    if (error instanceof DatabaseError) return error.detail ?? error.message
    throw error
  }
}

async function dropSchemas(database: Database, key: string, dropped: string[], kept: Kept[]): Promise<void> {
  const { rows } = await database.query<{ name: string }>({
    text: 'select schema_name as name from strata.schemas where target = $1 order by schema_name desc',
    values: [key],
  })
  for (const { name } of rows) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.query(`set local lock_timeout = 5000`)
        await transaction.query(`drop schema if exists ${quoteIdentifier(name)}`)
        await transaction.query({
          text: 'delete from strata.schemas where target = $1 and schema_name = $2',
          values: [key, name],
        })
      })
      dropped.push(`schema ${name}`)
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      kept.push({ name: `schema ${name}`, reason: error.detail ?? error.message })
    }
  }
}

/** What nobody reads any more is no longer kept. A source that is written to at this moment is let go of by the next clean. */
async function forgetFormerRows(database: Database): Promise<void> {
  try {
    await database.transaction(async (transaction) => {
      await transaction.query('set local lock_timeout = 5000')
      await transaction.query('select strata.forget_former_rows()')
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || !heldOrForeign.has(error.sqlstate ?? '')) throw error
  }
}

/** lock_not_available, deadlock_detected, insufficient_privilege */
const heldOrForeign = new Set(['55P03', '40P01', '42501'])
