import { displayLocation, type ModelStep, quoteLiteral, StrataError } from '@strata/core'
import { nearMisses } from '../../project/near-misses.ts'

/** A column that the contract declares, that the SELECT yields, or both. */
export interface ComparedColumn {
  readonly name: string
  /** As Postgres prints it; null: not declared. */
  readonly declared: string | null
  /** Null: the SELECT does not yield it. */
  readonly found: string | null
  readonly place: number | null
  readonly found_place: number | null
  /** One and the same type. */
  readonly same: boolean
  /** Of one kind, so that values of one are assigned to the other: what dbt takes for equal. */
  readonly fits: boolean
}

/** Asks for the columns of two tables as rows of `ComparedColumn`, the declared first and in their order. */
export function compareTypes(declared: string, found: string): string {
  const columnsOf = (table: string) =>
    `select a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, format_type(a.atttypid, a.atttypmod) as type,
    ${kindOf('t')} as kind
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attrelid = ${quoteLiteral(table)}::regclass and a.attnum > 0`
  return `select attname::text as name, d.type as declared, f.type as found, d.attnum::int as place, f.attnum::int as found_place,
  coalesce((d.atttypid, d.atttypmod, d.attcollation) = (f.atttypid, f.atttypmod, f.attcollation), false) as same,
  coalesce(d.kind = f.kind, false) as fits
from (${columnsOf(declared)}) as d
full join (${columnsOf(found)}) as f using (attname)
order by d.attnum, f.attnum`
}

/** A domain counts as what it is made of; lengths and precisions do not count. */
function kindOf(type: string): string {
  const plain = (name: string) => `case
      when ${name} in ('int2', 'int4') then 'integer'
      when ${name} in ('float4', 'float8') then 'float'
      when ${name} in ('text', 'varchar', 'bpchar', 'name', 'char') then 'text'
      when ${name} in ('time', 'timetz') then 'time' else ${name} end`
  return `(select case when b.typcategory = 'A' and e.oid is not null then 'array of ' || ${plain('e.typname')} else ${plain('b.typname')} end
    from pg_type b left join pg_type e on e.oid = b.typelem
    where b.oid = case ${type}.typtype when 'd' then ${type}.typbasetype else ${type}.oid end)`
}

/** `CONTRACT_VIOLATED`: a table of what differs, each with its place. */
export function contractViolated(step: ModelStep, compared: readonly ComparedColumn[]): StrataError {
  const columns = step.contract?.columns ?? []
  const [declared, yielded] = [
    compared.filter((column) => column.declared !== null),
    compared.filter((column) => column.found !== null),
  ]
  const missing = declared.filter(({ found }) => found === null).map(({ name }) => name)
  const surplus = yielded.filter((column) => column.declared === null).map(({ name }) => name)
  const rows = compared
    .filter(({ fits }) => !fits)
    .map(({ name, declared: wants, found }) => {
      const location = columns.find((column) => column.name === name)?.location
      const near = nearMisses(name, found === null ? surplus : missing)[0]
      const like = near === undefined ? '' : `, but ${near} is`
      return [
        name,
        wants ?? `(not declared${like})`,
        found ?? `(not yielded${like})`,
        location === undefined ? '' : displayLocation(location),
      ]
    })
  const head = ['column', 'declared', 'found', '']
  const widths = head.map((_, place) => Math.max(...[head, ...rows].map((row) => row[place]!.length)))
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, place) => cell.padEnd(widths[place]!))
      .join('  ')
      .trimEnd(),
  )
  const place = step.contract === undefined ? '' : ` (${displayLocation(step.contract.location)})`
  return new StrataError({
    code: 'CONTRACT_VIOLATED',
    message: `the SELECT of ${step.name} does not yield what its contract declares${place}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    hint: 'Nothing was changed. Make the SELECT yield these columns, by a cast where the type differs, or declare what it yields.',
  })
}
