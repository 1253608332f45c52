import type { TypeName } from '@pgsql/types'
import { namesIn } from './ast.ts'

/** Types of Postgres that can be called as a function of one argument, which is a cast. */
export const typeNames: ReadonlySet<string> = new Set(
  `bit bool box bpchar bytea char cidr circle date daterange float4 float8 inet int2 int4 int4range int8 int8range interval
  json jsonb jsonpath line lseg macaddr macaddr8 money name numeric numrange oid path pg_lsn point polygon regclass regproc
  regprocedure regtype text time timestamp timestamptz timetz tsquery tsrange tstzrange tsvector uuid varbit varchar xml`.split(
    /\s+/,
  ),
)

/** Other names of these, as `format_type` prints them. */
const printedNames = new Set([
  'bigint',
  'boolean',
  'character varying',
  'character',
  'double precision',
  'integer',
  'real',
  'smallint',
  'time with time zone',
  'time without time zone',
  'timestamp with time zone',
  'timestamp without time zone',
])

/** An array of values, of which none is a row; false also where that is not known. */
export function isPlainArray(type: string | null): boolean {
  if (type === null || !type.endsWith('[]')) return false
  const element = type.replace(/(?:\([^)]*\)|\[\])/g, '')
  return typeNames.has(element) || printedNames.has(element)
}

/** The bare name of a type, as the catalog has it; arrays are called as such. */
export function typeName(type: TypeName | undefined): string | null {
  const name = namesIn(type?.names).at(-1)
  if (name === undefined) return null
  return type?.arrayBounds === undefined ? name : `${name}[]`
}
