import type { Database } from '../packages/core/src/index.ts'

/** Names of all schemas and relations that are not the server's own, in order. */
export async function databaseContents(database: Database): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string }>(`
    select name from (
      select 'schema ' || nspname as name, nspname from pg_namespace
      union all
      select 'relation ' || nspname || '.' || relname || ' ' || c.oid, nspname
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    ) as everything
    where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public')
    order by name`)
  return rows.map((row) => row.name)
}
