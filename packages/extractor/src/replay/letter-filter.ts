import sql, { empty, type Sql } from 'sql-template-tag'

/** Which of the open dead letters are meant; null: any. */
export interface LetterFilter {
  readonly reason: string | null
  readonly ids: readonly number[] | null
}

/** A condition on `strata.dead_letters`, named `l`. */
export function isMeant(landingSchema: string, { reason, ids }: LetterFilter): Sql {
  return sql`l.landing_schema = ${landingSchema} and l.resolved_at is null
    ${reason === null ? empty : sql`and l.reason = ${reason}`}
    ${ids === null ? empty : sql`and l.id = any(${[...ids]}::bigint[])`}`
}
