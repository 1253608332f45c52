import { setTimeout as delay } from 'node:timers/promises'
import {
  type Database,
  DatabaseError,
  displayRelation,
  type RelationName,
  type SessionOptions,
  StrataError,
} from '@strata/core'
import { needsFormerRows, type RelationStep } from './step-state.ts'

/**
 * Has the former rows of a step's sources kept from now on, where they are not yet. In transactions of their own, for
 * the lock that it takes lets nobody write to the source. A source of somebody else is left alone: rows that leave it are not seen.
 */
export async function keepFormerRows(
  database: Database,
  step: RelationStep,
  session: SessionOptions & { readonly signal: AbortSignal },
): Promise<void> {
  // What does not record its changes is somebody else's: nothing is put beside it.
  const relations = (step.increments ?? []).flatMap((edge) => (edge.by === undefined ? [edge.relation] : []))
  if (relations.length === 0 || !needsFormerRows(step)) return
  const { rows } = await database.query<RelationName & { readonly relation: string }>({
    text: `select n.nspname as schema, c.relname as name, c.oid::regclass::text as relation
from unnest($1::text[], $2::text[]) as w (schema_name, relation_name)
join pg_namespace n on n.nspname = w.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name
where c.relkind = 'r' and not strata.has_relatives(c.oid) and not strata.keeps_former_rows(c.oid)`,
    values: [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
  })
  for (const { relation, ...name } of rows) await keepOf(database, name, relation, session)
}

async function keepOf(
  database: Database,
  name: RelationName,
  relation: string,
  session: SessionOptions & { readonly signal: AbortSignal },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.query(`set local lock_timeout = ${lockTimeoutMs(tries)}`)
        await transaction.query({ text: 'select strata.keep_former_rows($1::regclass)', values: [relation] })
      }, session)
      return
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      if (error.sqlstate === insufficientPrivilege) return
      if (!isContention(error)) throw error
      if (tries >= 32) throw busy(name, error)
      await delay(50 + Math.random() * 100, undefined, { signal: session.signal })
    }
  }
}

/**
 * Writers wait behind it, once in a table's life; readers do not. Where one writer's transaction always overlaps the
 * next, short tries would never come through, so that the later ones are longer.
 */
function lockTimeoutMs(tries: number): number {
  return Math.min(200 * 2 ** Math.max(0, tries - 20), 10_000)
}

const insufficientPrivilege = '42501'

/** lock_not_available, deadlock_detected */
function isContention(error: DatabaseError): boolean {
  return error.sqlstate === '55P03' || error.sqlstate === '40P01'
}

function busy(name: RelationName, cause: DatabaseError): StrataError {
  return new StrataError({
    code: 'RELATION_BUSY',
    message: `${displayRelation(name)} could not be prepared for increments: a transaction that has written to it stays open`,
    hint: 'Look in pg_stat_activity for a transaction that has been open for long, end it, and run again. Nothing was changed.',
    cause,
  })
}

/** Lets go of former rows that every reader has gone past. What fails is done by the next step. */
export async function pruneFormerRows(database: Database, sources: readonly string[]): Promise<void> {
  if (sources.length === 0) return
  try {
    await database.query({
      text: 'select strata.prune_former_rows(s.oid) from pg_catalog.unnest($1::oid[]) as s (oid)',
      values: [sources],
    })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
  }
}
