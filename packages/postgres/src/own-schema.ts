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
const strangerQuery = `select r.rolname::text from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid = n.nspowner
    where n.nspname = 'strata' and not ${isTrusted('n.nspowner')}`

/** Databases whose schema `strata` was found to be there and ours: nobody can make it his own any more. */
const ours = new WeakSet<object>()

/** Throws `ConfigurationError` (`FOREIGN_STATE`) where schema `strata` is somebody's whose code we must not run. */
export async function assertOwnSchema(queryable: Pick<Queryable, 'query'>): Promise<void> {
  await lookAtServer(queryable)
}

/**
 * What is to be known before anything of Strata's is read, in one round trip: the server's version, and whether schema `strata` is there.
 * Throws as `assertOwnSchema`.
 */
export async function lookAtServer(
  queryable: Pick<Queryable, 'query'>,
): Promise<{ readonly version: string; readonly hasSchema: boolean }> {
  const { version, there, stranger } = await look(queryable)
  refuseStranger(stranger)
  return { version: version.split(' ')[0] ?? '', hasSchema: there }
}

/** Whether there is a schema `strata`. Asks the server unless that is known of this database. Throws as `assertOwnSchema`. */
export async function hasOwnSchema(queryable: Pick<Queryable, 'query'>): Promise<boolean> {
  return ours.has(queryable) || (await lookAtServer(queryable)).hasSchema
}

/** Whether there is a schema `strata` which we can trust. Asks the server unless that is known of this database. */
export async function isOwnSchema(queryable: Pick<Queryable, 'query'>): Promise<boolean> {
  if (ours.has(queryable)) return true
  const { there, stranger } = await look(queryable)
  return there && stranger === null
}

async function look(queryable: Pick<Queryable, 'query'>) {
  const { rows } = await queryable.query<{ version: string; there: boolean; stranger: string | null }>(
    `select current_setting('server_version') as version, to_regnamespace('strata') is not null as there,
    (${strangerQuery}) as stranger`,
  )
  const found = rows[0]!
  if (found.there && found.stranger === null) ours.add(queryable)
  return found
}

function refuseStranger(owner: string | null): void {
  if (owner === null) return
  throw new ConfigurationError({
    code: 'FOREIGN_STATE',
    message: `the schema strata of this database belongs to ${owner}, who is neither the role of this connection, nor a role that it is a member of, nor a superuser: functions in it would run with the rights of this connection`,
    hint: `Connect as ${owner}. Or, where nobody knows who made the schema, have an administrator look at it and drop it or change its owner (alter schema strata owner to …, its tables and functions too).`,
  })
}
