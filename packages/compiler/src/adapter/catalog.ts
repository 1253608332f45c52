import type { HostObject, Value } from '../template/index.ts'
import { type AdapterHost, databaseName } from './adapter-host.ts'
import { columnValue } from './column-value.ts'
import { quoteName, quoteText } from './quote-name.ts'
import type { RelationState } from './relation-state.ts'
import { relationValue } from './relation-value.ts'

/** The relations of a schema, by name. */
export function listRelations(host: AdapterHost, schema: string): HostObject[] {
  return readRelations(host, `n.nspname = ${quoteText(schema)}`)
}

/** The relation of exactly this schema and name; null where there is none. */
export function findRelation(host: AdapterHost, schema: string, identifier: string): HostObject | null {
  const condition = `n.nspname = ${quoteText(schema)} and c.relname = ${quoteText(identifier)}`
  return readRelations(host, condition)[0] ?? null
}

/** The columns of a table or view of any kind, in order; none where it does not exist. */
export function readColumns(host: AdapterHost, relation: RelationState): HostObject[] {
  if (relation.identifier === null || relation.type === 'cte') return []
  const { rows } = host.ask(columnsQuery(relation.schema, relation.identifier))
  return rows.map(([name, type, charSize, precision, scale]) =>
    columnValue(String(name), String(type), {
      charSize: size(charSize),
      numericPrecision: size(precision),
      numericScale: size(scale),
    }),
  )
}

export function listSchemas(host: AdapterHost): string[] {
  return host
    .ask('select nspname from pg_catalog.pg_namespace order by nspname')
    .rows.map(([name]) => String(name))
}

export function schemaExists(host: AdapterHost, schema: string): boolean {
  const { rows } = host.ask(`select 1 from pg_catalog.pg_namespace where nspname = ${quoteText(schema)}`)
  return rows.length > 0
}

/** Foreign tables stay out, as in dbt: no macro written for it expects one. */
function readRelations(host: AdapterHost, condition: string): HostObject[] {
  const database = databaseName(host)
  const { rows } = host.ask(
    [
      'select n.nspname, c.relname,',
      "  case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end",
      'from pg_catalog.pg_class as c',
      'join pg_catalog.pg_namespace as n on n.oid = c.relnamespace',
      `where c.relkind in ('r', 'p', 'v', 'm') and ${condition}`,
      'order by n.nspname, c.relname',
    ].join('\n'),
  )
  const whole = host.wholeNames === true
  return rows.map(([schema, name, type]) =>
    relationValue({ database, schema: String(schema), name: String(name), type: String(type), whole }, null),
  )
}

/**
 * The words and sizes of `information_schema.columns`, which itself leaves out materialized views and whatever the role
 * has no privilege on.
 */
function columnsQuery(schema: string | null, identifier: string): string {
  const typeId = 'information_schema._pg_truetypid(a.*, t.*)'
  const typeModifier = 'information_schema._pg_truetypmod(a.*, t.*)'
  // A relation without a schema is found as the session would find it: a temporary table comes first.
  const condition =
    schema === null || schema === ''
      ? `c.oid = pg_catalog.to_regclass(${quoteText(quoteName(identifier))})`
      : `n.nspname = ${quoteText(schema)} and c.relname = ${quoteText(identifier)}`
  return [
    'select a.attname,',
    '  case',
    "    when b.typelem <> 0 and b.typlen = -1 then 'ARRAY'",
    "    when bn.nspname = 'pg_catalog' then pg_catalog.format_type(b.oid, null)",
    "    else 'USER-DEFINED'",
    '  end,',
    `  information_schema._pg_char_max_length(${typeId}, ${typeModifier}),`,
    `  information_schema._pg_numeric_precision(${typeId}, ${typeModifier}),`,
    `  information_schema._pg_numeric_scale(${typeId}, ${typeModifier})`,
    'from pg_catalog.pg_attribute as a',
    'join pg_catalog.pg_class as c on c.oid = a.attrelid',
    'join pg_catalog.pg_namespace as n on n.oid = c.relnamespace',
    'join pg_catalog.pg_type as t on t.oid = a.atttypid',
    "join pg_catalog.pg_type as b on b.oid = case t.typtype when 'd' then t.typbasetype else t.oid end",
    'join pg_catalog.pg_namespace as bn on bn.oid = b.typnamespace',
    `where ${condition}`,
    "  and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped",
    'order by a.attnum',
  ].join('\n')
}

function size(value: unknown): Value {
  return value === null || value === undefined ? null : Number(value)
}
