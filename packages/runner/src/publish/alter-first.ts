import type { Database, Exchange, RelationName, Session, SessionOptions } from '@strata/core'
import { type ExchangeOptions, performExchange } from './perform-exchange.ts'
import { lockKey } from './relation-lock.ts'

/**
 * A table has to get columns before the step can write to it. Altered in the step's own transaction it would be closed to its
 * readers until the last row is written; so the step is undone, the table altered for a moment, and the step begun anew.
 */
export class AlterFirst extends Error {
  readonly statements: readonly string[]
  /** For people: `adds email`. */
  readonly said: string

  constructor(statements: readonly string[], said: string) {
    super('the table is to be altered first')
    this.statements = statements
    this.said = said
  }

  /** Values are lost by it. */
  get isDestructive(): boolean {
    return this.statements.some((sql) => /\b(drop column|alter column .* type)\b/i.test(sql))
  }
}

/** Throws `RELATION_BUSY` when readers leave no moment for it. */
export async function alterFirst(
  database: Database,
  name: RelationName,
  alteration: AlterFirst,
  options: ExchangeOptions,
  session: SessionOptions,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await alterInside(transaction, name, alteration, options)
  }, session)
}

/** Inside the transaction of the step: the table is closed to its readers from here to the end of it. */
export async function alterInside(
  transaction: Session,
  name: RelationName,
  { statements }: AlterFirst,
  options: ExchangeOptions,
): Promise<void> {
  await transaction.query({
    text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
    values: [lockKey(name)],
  })
  const alteration: Exchange = { name, statements, locks: [], repoint: [], former: null, carryOver: [] }
  await performExchange(transaction, alteration, options)
}
