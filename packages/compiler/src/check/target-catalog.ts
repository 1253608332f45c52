import { type Queryable, quoteIdentifier } from '@strata/core'

export interface TargetFacts {
  /** `server_version`. */
  readonly version: string
  readonly extensions: readonly { readonly name: string; readonly schema: string }[]
}

export async function readTargetFacts(target: Queryable): Promise<TargetFacts> {
  const { rows } = await target.query<{ version: string; names: string[]; schemas: string[] }>(
    `select current_setting('server_version') as version,
  coalesce(array_agg(e.extname::text order by e.oid), '{}') as names, coalesce(array_agg(n.nspname::text order by e.oid), '{}') as schemas
from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'`,
  )
  const { version, names, schemas } = rows[0]!
  return { version, extensions: names.map((name, index) => ({ name, schema: schemas[index]! })) }
}

/** Makes what of the extensions this server has, where that may be done; returns those that are not there then. */
export async function createNamed(
  scratch: Queryable,
  names: readonly string[],
  mayMake: boolean,
): Promise<readonly string[]> {
  if (names.length === 0) return []
  const there = async () => {
    const { rows } = await scratch.query<{ name: string }>('select extname::text as name from pg_extension')
    return new Set(rows.map(({ name }) => name))
  }
  const before = await there()
  const missing = names.filter((name) => !before.has(name))
  if (missing.length === 0 || !mayMake) return missing
  await createExtensions(
    scratch,
    missing.map((name) => ({ name, schema: 'public' })),
  )
  const after = await there()
  return missing.filter((name) => !after.has(name))
}

/** Makes what of the extensions this server has. */
export async function createExtensions(scratch: Queryable, wanted: TargetFacts['extensions']): Promise<void> {
  if (wanted.length === 0) return
  const { rows } = await scratch.query<{ name: string }>({
    text: 'select name::text from pg_available_extensions where name = any($1::text[])',
    values: [wanted.map(({ name }) => name)],
  })
  const available = new Set(rows.map(({ name }) => name))
  const statements = wanted
    .filter(({ name }) => available.has(name))
    .flatMap(({ name, schema }) => [
      ...(schema.startsWith('pg_') ? [] : [`create schema if not exists ${quoteIdentifier(schema)}`]),
      `create extension if not exists ${quoteIdentifier(name)} schema ${quoteIdentifier(schema)} cascade`,
    ])
  if (statements.length > 0) await scratch.query({ text: statements.join(';\n'), script: true })
}

/** Names of functions and types that can be called, in lower case: those of pg_catalog and of the search path by themselves, others with their schema too. */
export async function callableNames(scratch: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await scratch.query<{ names: readonly string[] }>(
    `select array_agg(distinct name) as names from (
  select p.proname::text as name from pg_proc p
  union all select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname <> 'pg_catalog'
  union all select typname::text from pg_type where typelem = 0 and typrelid = 0
) as callable`,
  )
  return new Set([...rows[0]!.names.map((name) => name.toLowerCase()), ...constructs])
}

/** What is called like a function and is none, for whoever misspells it. */
const constructs = ['coalesce', 'nullif', 'greatest', 'least', 'grouping', 'extract']

export type TargetObject = 'function' | 'type' | 'relation' | 'schema'

/** Whether the target's database has something of that name which is not the server's own. */
export async function isOnTarget(target: Queryable, kind: TargetObject, name: string): Promise<boolean> {
  const [bare, schema] = name.replaceAll('"', '').split('.').reverse()
  const { rowCount } = await target.query({ text: lookups[kind], values: [bare, schema ?? null] })
  return rowCount > 0
}

const foreign =
  "n.nspname not in ('pg_catalog', 'information_schema') and ($2::text is null or n.nspname = $2)"

const lookups: { readonly [kind in TargetObject]: string } = {
  function: `select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proname = $1 and ${foreign} limit 1`,
  type: `select from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typname = $1 and ${foreign} limit 1`,
  relation: `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = $1 and ${foreign} limit 1`,
  schema: `select from pg_namespace n where n.nspname = $1 and ${foreign.replace('n.nspname = $2', 'true')} limit 1`,
}
