import { createHash } from 'node:crypto'
import { type Database, DatabaseError, quoteIdentifier, type RelationFacts } from '@strata/core'
import { isOwnSchema, isTrusted } from './own-schema.ts'
import { type FactsAnswers, factsQueries, toRelationFacts } from './relation-facts.ts'

/** A way to read the facts of a relation as one value of any statement. */
export interface FactsFunction {
  /**
   * Of a function of the server, `(relation oid, whole boolean, patience integer) returns json`. `patience`, in milliseconds,
   * is how long it waits for a lock; null: for ever.
   */
  readonly name: string
  /**
   * The same of the surface alone, as an expression for the relation with the oid `oid`, an SQL expression: for many relations in
   * one statement it costs a tenth of the function. Its table must have an alias that no query for the facts has. Needs `pg_catalog, pg_temp` for its search path, and raises where it is busy.
   */
  surfaceOf(oid: string): string
  /** What either returned, as the facts; `busy`: at this moment they cannot be read. */
  parse(found: unknown): RelationFacts | 'busy' | null
}

/**
 * Has the queries for the facts in a function of the server, whose plans are made once a connection: to plan them costs ten
 * times what it costs to run them. The function is named for its text, so that every version finds its own. Null where it
 * cannot be made: there is no schema `strata`, or no right to do so; or somebody has made another one of its name.
 */
export function prepareFactsFunction(database: Database): Promise<FactsFunction | null> {
  const known = prepared.get(database)
  if (known !== undefined) return known
  const preparing = prepare(database)
  prepared.set(database, preparing)
  preparing.catch(() => prepared.delete(database))
  return preparing
}

const prepared = new WeakMap<Database, Promise<FactsFunction | null>>()

async function prepare(database: Database): Promise<FactsFunction | null> {
  const { name, create } = definition()
  if (!(await isThere(database, name)) && !(await makeOnce(database, name, create))) return null
  return { name, surfaceOf, parse: (found) => parseFound(found as Found | null) }
}

function surfaceOf(oid: string): string {
  return asJson(Object.entries(factsQueries('surface'))).replaceAll('$1', oid)
}

type Found = FactsAnswers | { readonly busy: true }

function parseFound(found: Found | null): RelationFacts | 'busy' | null {
  if (found === null) return null
  return 'busy' in found ? 'busy' : toRelationFacts(found)
}

/**
 * Reading the definition of a view locks every table that it reads until the end of the transaction; the error that the
 * function raises for itself gives these locks back.
 */
function definition(): { readonly name: string; readonly create: string } {
  const surface = factsQueries('surface')
  const rest = Object.entries(factsQueries('whole')).filter(([query]) => !(query in surface))
  const body = `
#variable_conflict use_column
declare
  strata_surface json;
  strata_rest json;
begin
  begin
    if $3 is not null then perform set_config('lock_timeout', $3::text, true); end if;
    select ${asJson(Object.entries(surface))} into strata_surface;
    if $2 then select ${asJson(rest)} into strata_rest; end if;
    raise sqlstate 'STRTA';
  exception
    when sqlstate 'STRTA' then null;
    when internal_error or lock_not_available then return '{"busy": true}';
  end;
  if not $2 then return strata_surface; end if;
  return (strata_surface::jsonb || strata_rest::jsonb)::json;
end
`
  const head = `(oid, boolean, integer) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $strata_facts$`
  const hash = createHash('sha256').update(`${head}${body}`).digest('hex').slice(0, 16)
  const name = `strata.${quoteIdentifier(`facts_${hash}`)}`
  return { name, create: `create function ${name} ${head}${body}$strata_facts$` }
}

function asJson(queries: readonly (readonly [string, string])[]): string {
  const parts = queries.map(
    ([name, text]) => `'${name}', (select coalesce(json_agg(q), '[]') from (${text}) q)`,
  )
  return `json_build_object(${parts.join(',\n')})`
}

/** Whose membership in which role makes a function one of ours takes long to plan, and nearly always it is the schema's owner's. */
async function isThere(queryable: Pick<Database, 'query'>, name: string): Promise<boolean> {
  if (!(await isOwnSchema(queryable))) return false
  const { rows } = await queryable.query<{ owner: string; plain: boolean }>({
    text: `select p.proowner::text as owner, p.proowner = n.nspowner as plain
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where p.oid = to_regprocedure($1)`,
    values: [`${name}(oid, boolean, integer)`],
  })
  const [found] = rows
  if (found === undefined || found.plain) return found !== undefined
  const { rows: trusted } = await queryable.query<{ ours: boolean }>({
    text: `select ${isTrusted('w.owner')} as ours from (select $1::oid as owner) as w`,
    values: [found.owner],
  })
  return trusted[0]!.ours
}

/** invalid_schema_name, insufficient_privilege, read_only_sql_transaction, duplicate_function (another process was quicker) */
const refusals = new Set(['3F000', '42501', '25006', '42723'])

async function makeOnce(database: Database, name: string, create: string): Promise<boolean> {
  try {
    return await database.transaction(async (transaction) => {
      await transaction.query(
        "select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:migrate', 0))",
      )
      if (await isThere(transaction, name)) return true
      if (!(await isOwnSchema(transaction))) return false
      await transaction.query(create)
      return true
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || !refusals.has(error.sqlstate ?? '')) throw error
    return isThere(database, name)
  }
}
