import { displayRelation, quoteIdentifier, quoteRelation, SourceError, type TableJob } from '@strata/core'
import { jobIdentity } from '../../job-identity.ts'
import { describeNear } from '../near-names.ts'
import type { ChangeType, SourceColumn } from '../table-source.ts'
import type { AskPostgres } from './postgres-rows.ts'

export interface PostgresColumn extends SourceColumn {
  /** The name of its type in pg_catalog, behind all domains; empty for a type that is not from there. */
  readonly base: string
}

/** A table, partitioned table, view, materialized view or foreign table. */
export interface PostgresTable {
  /** Quoted. */
  readonly relation: string
  readonly columns: readonly PostgresColumn[]
}

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly base: string
  readonly whole: boolean
}

const readable = "('r', 'p', 'v', 'm', 'f')"

/** Reads the columns from the catalog. Throws `SourceError` `SOURCE_TABLE_MISSING`. */
export async function describePostgresTable(ask: AskPostgres, job: TableJob): Promise<PostgresTable> {
  const { schema, name } = job.relation
  const relation = schema === null ? quoteIdentifier(name) : quoteRelation({ schema, name })
  const rows = await ask<ColumnRow>({
    text: `
      select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
        case when b.typnamespace = 'pg_catalog'::regnamespace then b.typname::text else '' end as base,
        coalesce(b.typname in ('int2', 'int4', 'int8')
          or (b.typname = 'numeric' and b.modifier >= 4 and (b.modifier - 4) & 2047 = 0), false) as whole
      from pg_class as c
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      cross join lateral (
        with recursive behind as (
          select t.*, a.atttypmod as modifier from pg_type as t where t.oid = a.atttypid
          union all
          select t.*, d.typtypmod from behind as d join pg_type as t on t.oid = d.typbasetype where d.typtype = 'd'
        )
        select typname, typnamespace, modifier from behind where typtype <> 'd'
      ) as b
      where c.oid = to_regclass($1) and c.relkind in ${readable}
      order by a.attnum`,
    values: [relation],
  })
  if (rows.length === 0) throw await tableMissing(ask, job)
  const columns = rows.map(({ name, type, nullable, base, whole }) => ({
    name,
    type,
    nullable,
    base,
    change: whole ? ('number' as const) : (changeTypes[base] ?? null),
  }))
  return { relation, columns }
}

const changeTypes: { readonly [base: string]: ChangeType } = {
  date: 'date',
  timestamp: 'local_time',
  timestamptz: 'instant',
}

async function tableMissing(ask: AskPostgres, job: TableJob): Promise<SourceError> {
  const { schema, name } = job.relation
  const wanted = schema === null ? name : displayRelation({ schema, name })
  const known = await ask<{ name: string }>(`
    select case when pg_table_is_visible(c.oid) then '' else n.nspname || '.' end || c.relname as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ${readable} and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by 1 limit 10000`)
  return new SourceError({
    code: 'SOURCE_TABLE_MISSING',
    message: `${jobIdentity(job)}: there is no table ${wanted} in the source`,
    hint: `correct relation: of the job; ${describeNear(
      wanted,
      known.map((one) => one.name),
    )}`,
  })
}
