import { ConfigurationError, type Queryable } from '@strata/core'

/**
 * SQL: whether the role with this oid may have us execute what it wrote. A superuser is taken for a member of every role, so
 * memberships are read as they were granted. To be used on any search path.
 */
export function isTrusted(role: string): string {
  return `exists (
    with recursive mine (oid) as (
      select me.oid from pg_catalog.pg_roles me where me.rolname = current_user
      union
      select m.roleid from pg_catalog.pg_auth_members m join mine on m.member = mine.oid
    )
    select from pg_catalog.pg_roles r
    where r.oid = ${role} and (r.rolsuper or r.oid in (select mine.oid from mine) or
      r.rolname = 'pg_database_owner' and (select d.datdba from pg_catalog.pg_database d
        where d.datname = current_database()) in (select mine.oid from mine))
  )`
}

/** SQL of one value: who owns schema `strata`, where we cannot trust its tables and functions; else null. */
export const strangerQuery = `select r.rolname::text from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid = n.nspowner
    where n.nspname = 'strata' and not ${isTrusted('n.nspowner')}`

/** Throws `ConfigurationError` (`FOREIGN_STATE`) where schema `strata` is somebody's whose code we must not run. */
export async function assertOwnSchema(database: Pick<Queryable, 'query'>): Promise<void> {
  const { rows } = await database.query<{ stranger: string | null }>(`select (${strangerQuery}) as stranger`)
  refuseStranger(rows[0]!.stranger)
}

export function refuseStranger(owner: string | null): void {
  if (owner === null) return
  throw new ConfigurationError({
    code: 'FOREIGN_STATE',
    message: `the schema strata of this database belongs to ${owner}, who is neither the role of this connection, nor a role that it is a member of, nor a superuser: functions in it would run with the rights of this connection`,
    hint: `Connect as ${owner}. Or, where nobody knows who made the schema, have an administrator look at it and drop it or change its owner (alter schema strata owner to …, its tables and functions too).`,
  })
}
