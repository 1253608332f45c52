import {
  type FixtureRows,
  guessType,
  type NodeId,
  type Queryable,
  quoteIdentifier,
  type RelationName,
  type RelationShape,
  type ShapedInput,
  StrataError,
  type UnitTestInput,
} from '@strata/core'
import { emptySelect, type TypedColumn } from './fixture-sql.ts'

/** A model's SELECT that reads no relation but its inputs, by their names. */
export interface Detached {
  readonly select: string
  readonly inputs: readonly ShapedInput[]
}

/** What the columns of relations are, whether the relations are there or not. Remembers what it found for one run. */
export interface InputColumns {
  /** Looks up in one query what is not known yet of relations that may be there. */
  look(session: Queryable, inputs: readonly ShapedInput[], model: NodeId): Promise<void>
  /** Call `look` before. */
  of(session: Queryable, input: UnitTestInput, model: NodeId): Promise<readonly TypedColumn[]>
}

type Found = readonly TypedColumn[] | null

/**
 * The columns of a relation are those that it has; else those that are declared, where all are; else those that the SELECT of
 * its model yields; else what is declared and what the values look like.
 */
export function createInputColumns(detached: (id: NodeId) => Detached | null): InputColumns {
  const there = new Map<string, Found>()
  const described = new Map<NodeId, Promise<Found>>()
  const knownOf = (shape: RelationShape, key: string): Found => {
    if (shape.relation !== null) {
      const found = there.get(key)
      if (found) return found
    }
    return shape.complete
      ? shape.declared.map(({ name, dataType }) => ({ name, type: dataType ?? 'text' }))
      : null
  }
  const look = async (session: Queryable, inputs: readonly ShapedInput[], model: NodeId) => {
    const wanted = new Map<string, RelationName>()
    for (const { node, shape } of inputs) {
      const key = keyOf(shape.relation, node === model)
      if (shape.relation !== null && !there.has(key)) wanted.set(key, shape.relation)
    }
    if (wanted.size === 0) return
    for (const [key, columns] of await readColumns(session, wanted)) there.set(key, columns)
  }
  const describeOnce = (session: Queryable, id: NodeId): Promise<Found> => {
    const known = described.get(id)
    if (known !== undefined) return known
    const found = describe(session, id)
    described.set(id, found)
    // What went wrong with one connection may go well with another.
    found.catch(() => described.delete(id))
    return found
  }
  const describe = async (session: Queryable, id: NodeId): Promise<Found> => {
    const select = detached(id)
    if (select === null) return null
    await look(session, select.inputs, id)
    const ctes: string[] = []
    for (const { node, name, shape } of select.inputs) {
      const known = knownOf(shape, keyOf(shape.relation, false)) ?? (await describeOnce(session, node))
      const columns = known ?? guessed(shape, noRows)
      if (columns.length === 0) return null
      ctes.push(`${quoteIdentifier(name)} as (${emptySelect(columns)})`)
    }
    const inputs = ctes.length === 0 ? '' : `with ${ctes.join(',\n')}\n`
    return describeSelect(session, `${inputs}select * from (\n${select.select}\n) as described limit 0`)
  }
  return {
    look,
    async of(session, input, model) {
      const { shape, fixture } = input
      if (fixture.kind === 'sql') return []
      const known =
        knownOf(shape, keyOf(shape.relation, input.node === model)) ??
        (await describeOnce(session, input.node))
      return known ?? guessed(shape, fixture)
    },
  }
}

/** What a model finds in its own relation is not what others find there after it was built. */
function keyOf(relation: RelationName | null, isThis: boolean): string {
  return JSON.stringify([relation?.schema, relation?.name, isThis])
}

const noRows: FixtureRows = { kind: 'rows', rows: [], texts: false }

function guessed(shape: RelationShape, fixture: FixtureRows): readonly TypedColumn[] {
  const declared = new Map(shape.declared.map((column) => [column.name, column.dataType]))
  const given = fixture.rows.flatMap((row) => Object.keys(row))
  const nameOf = (key: string) => (declared.has(key) ? key : key.toLowerCase())
  const names = new Set([...declared.keys(), ...given.map(nameOf)])
  return [...names].map((name) => {
    const key = given.find((one) => nameOf(one) === name) ?? name
    const values = fixture.rows.map((row) => row[key])
    return { name, type: declared.get(name) ?? guessType(values, fixture.texts) }
  })
}

/** Those of relations that are there, by the same keys. */
async function readColumns(
  session: Queryable,
  wanted: ReadonlyMap<string, RelationName>,
): Promise<ReadonlyMap<string, Found>> {
  const entries = [...wanted]
  // A length would cut what is too long without a word: given rows are taken as they are.
  const { rows } = await session.query<{ at: number; name: string; type: string }>({
    text: `select w.at::int as at, a.attname as name,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
    when t.typname in ('varchar', 'bpchar', 'bit', 'varbit') then format_type(t.oid, -1)
    else format_type(a.atttypid, a.atttypmod) end as type
from unnest($1::text[], $2::text[]) with ordinality as w (schema, name, at)
join pg_namespace n on n.nspname = w.schema
join pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'v', 'm', 'f', 'p')
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
order by w.at, a.attnum`,
    values: [entries.map(([, { schema }]) => schema), entries.map(([, { name }]) => name)],
  })
  const found = new Map<string, TypedColumn[]>()
  for (const { at, name, type } of rows) {
    const key = entries[at - 1]![0]
    found.set(key, [...(found.get(key) ?? []), { name, type }])
  }
  return new Map(entries.map(([key]) => [key, found.get(key) ?? null]))
}

/** The columns of a SELECT; null where the server refuses it. */
async function describeSelect(session: Queryable, sql: string): Promise<Found> {
  await session.query('savepoint described')
  try {
    const { fields } = await session.query(sql)
    return await namedTypes(session, fields)
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'CANCELLED') throw error
    await session.query('rollback to savepoint described')
    return null
  }
}

export async function namedTypes(
  session: Queryable,
  fields: readonly { readonly name: string; readonly typeOid: number }[],
): Promise<readonly TypedColumn[]> {
  const { rows } = await session.query<{ oid: number; type: string }>({
    text: `select oid::int8::text::int as oid, case when typtype = 'd' then format_type(typbasetype, typtypmod) else format_type(oid, -1) end as type
from pg_type where oid = any($1::oid[])`,
    values: [[...new Set(fields.map(({ typeOid }) => typeOid))]],
  })
  const types = new Map(rows.map(({ oid, type }) => [oid, type]))
  return fields.map(({ name, typeOid }) => ({ name, type: types.get(typeOid) ?? 'text' }))
}
