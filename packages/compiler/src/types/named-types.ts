import type { Queryable } from '@strata/core'
import type { NamedType } from './value-type.ts'

interface TypeRow {
  readonly name: string
  readonly type_kind: string
  readonly base: string | null
  readonly labels: readonly string[] | null
}

/** What a database says of types by their names, and of what domains stand on; names that it does not know are left out. */
export async function readNamedTypes(
  database: Queryable,
  names: readonly string[],
): Promise<ReadonlyMap<string, NamedType>> {
  const found = new Map<string, NamedType>()
  for (let wanted = names; wanted.length > 0; ) {
    const { rows } = await database.query<TypeRow>({
      text: `select n.name, t.typtype::text as type_kind,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
  (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
from unnest($1::text[]) as n (name)
join pg_type t on t.oid = to_regtype(n.name)`,
      values: [wanted],
    })
    for (const { name, type_kind, base, labels } of rows) {
      if (type_kind === 'd' && base !== null) found.set(name, { kind: 'domain', base })
      else if (type_kind === 'e') found.set(name, { kind: 'enum', labels: labels ?? [] })
      else found.set(name, { kind: 'other' })
    }
    const bases = rows.flatMap(({ base }) => (base === null ? [] : [base]))
    wanted = bases.filter((base) => !found.has(base))
  }
  return found
}
