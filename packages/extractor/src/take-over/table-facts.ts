import type { Queryable, RelationName } from '@strata/core'
import sql from 'sql-template-tag'

export interface ColumnFacts {
  readonly name: string
  /** As `format_type` writes it: `timestamp without time zone`. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** `a` always, `d` by default, empty: none. */
  readonly identity: string
  /** The sequence that it owns. */
  readonly sequence: string | null
}

export interface IndexFacts {
  readonly name: string
  readonly method: string
  readonly unique: boolean
  readonly valid: boolean
  readonly primary: boolean
  readonly partial: boolean
  /** Columns and expressions, as Postgres writes them. */
  readonly columns: readonly string[]
  /** The constraint that it belongs to. */
  readonly constraint: string | null
}

/** What the catalog says of a table. */
export interface TableFacts {
  readonly relation: RelationName
  /** `r` or `p`: a table. */
  readonly kind: string
  readonly columns: readonly ColumnFacts[]
  readonly indexes: readonly IndexFacts[]
  /** Columns that are a foreign key each by itself. */
  readonly references: readonly string[]
  /** Names of check constraints and of triggers. */
  readonly checks: readonly string[]
  readonly triggers: readonly { readonly name: string; readonly definition: string }[]
}

/** The facts of those relations that the database has, in the order asked for. */
export async function readTableFacts(
  database: Queryable,
  relations: readonly RelationName[],
): Promise<readonly TableFacts[]> {
  const { rows } = await database.query<{ facts: TableFacts }>(sql`
    select pg_catalog.jsonb_build_object(
      'relation', pg_catalog.jsonb_build_object('schema', schema_name, 'name', table_name),
      'kind', c.relkind,
      'columns', (
        select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', attname,
          'type', pg_catalog.format_type(atttypid, atttypmod), 'notNull', attnotnull, 'hasDefault', atthasdef,
          'identity', attidentity, 'sequence', pg_catalog.pg_get_serial_sequence(
            pg_catalog.format('%I.%I', schema_name, table_name), attname)) order by attnum), '[]')
        from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and c.relkind in ('r', 'p')),
      'indexes', (
        select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', ic.relname, 'method', am.amname,
          'unique', i.indisunique, 'valid', i.indisvalid, 'primary', i.indisprimary, 'partial', i.indpred is not null,
          'columns', (select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k, true) order by k)
                      from pg_catalog.generate_series(1, i.indnkeyatts) as k),
          'constraint', (select conname from pg_catalog.pg_constraint
                         where conrelid = c.oid and conindid = i.indexrelid and contype in ('p', 'u', 'x')))
          order by ic.relname), '[]')
        from pg_catalog.pg_index i
        join pg_catalog.pg_class ic on ic.oid = i.indexrelid
        join pg_catalog.pg_am am on am.oid = ic.relam
        where i.indrelid = c.oid),
      'references', (
        select coalesce(pg_catalog.jsonb_agg(a.attname), '[]')
        from pg_catalog.pg_constraint f
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = f.conkey[1]
        where f.conrelid = c.oid and f.contype = 'f' and f.convalidated and pg_catalog.cardinality(f.conkey) = 1),
      'checks', (
        select coalesce(pg_catalog.jsonb_agg(conname), '[]') from pg_catalog.pg_constraint
        where conrelid = c.oid and contype in ('c', 'f')),
      'triggers', (
        select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', tgname,
          'definition', pg_catalog.pg_get_triggerdef(t.oid))), '[]')
        from pg_catalog.pg_trigger t where tgrelid = c.oid and not tgisinternal)
    ) as facts
    from unnest(${relations.map(({ schema }) => schema)}::text[], ${relations.map(({ name }) => name)}::text[])
      with ordinality as asked (schema_name, table_name, position)
    join pg_catalog.pg_namespace n on n.nspname = schema_name
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = table_name
    order by position`)
  return rows.map(({ facts }) => facts)
}

export function columnOf(facts: TableFacts, name: string): ColumnFacts | undefined {
  return facts.columns.find((column) => column.name === name)
}
