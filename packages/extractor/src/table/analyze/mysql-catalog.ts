import { changeOf } from '../mysql/column-kind.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import type { CatalogColumn, CatalogKey, CatalogTable } from './analyzed-server.ts'

/** The tables and views of the session's database, with their columns and keys. */
export async function readMysqlCatalog(session: MysqlSession): Promise<readonly CatalogTable[]> {
  const tables = await session.rows(`
    select table_name, table_type, engine, table_rows from information_schema.tables
    where table_schema = database() order by table_name`)
  const columns = await session.rows(`
    select table_name, column_name, column_type, is_nullable, extra from information_schema.columns
    where table_schema = database() order by table_name, ordinal_position`)
  const parts = await session.rows(`
    select table_name, index_name, column_name, non_unique, sub_part, nullable from information_schema.statistics
    where table_schema = database() order by table_name, index_name, seq_in_index`)
  const columnsOf = grouped(columns, 0)
  const partsOf = grouped(parts, 0)
  return tables.map(([name, kind, engine, estimate]): CatalogTable => {
    const indexes = indexesOf(partsOf.get(name!) ?? [])
    const isView = kind?.endsWith('VIEW') ?? false
    return {
      schema: null,
      name: name!,
      kind: isView ? 'view' : 'table',
      engine: engine ?? null,
      transactional: isView || !engine || transactional.has(engine.toLowerCase()),
      rows: estimate == null || isView ? null : Number(estimate),
      key: keyOf(indexes),
      columns: (columnsOf.get(name!) ?? []).map((row) => columnOf(row, indexes)),
    }
  })
}

type Row = readonly (string | null)[]

interface Index {
  readonly name: string
  readonly unique: boolean
  readonly parts: readonly {
    /** Null: an expression. */
    readonly column: string | null
    /** Only its first characters are indexed. */
    readonly cut: boolean
    readonly nullable: boolean
  }[]
}

const transactional = new Set(['innodb', 'rocksdb', 'tokudb', 'ndbcluster', 'ndb'])

function columnOf([, name, type, nullable, extra]: Row, indexes: readonly Index[]): CatalogColumn {
  return {
    name: name!,
    type: type!,
    nullable: nullable === 'YES',
    change: changeOf(type!),
    setOnUpdate: /on update/i.test(extra ?? ''),
    leadsIndex: indexes.some(({ parts }) => parts[0]?.column === name),
  }
}

function indexesOf(rows: readonly Row[]): readonly Index[] {
  return [...grouped(rows, 1)].map(([name, of]) => ({
    name,
    unique: of.every(([, , , repeats]) => repeats === '0'),
    parts: of.map(([, , column, , part, nullable]) => ({
      column: column ?? null,
      cut: part != null,
      nullable: nullable === 'YES',
    })),
  }))
}

function keyOf(indexes: readonly Index[]): CatalogKey | null {
  const fit = indexes
    .filter(
      ({ unique, parts }) =>
        unique && parts.every(({ column, cut, nullable }) => column !== null && !cut && !nullable),
    )
    .sort((one, other) => one.parts.length - other.parts.length)
  const chosen = fit.find(({ name }) => name === 'PRIMARY') ?? fit[0]
  if (chosen === undefined) return null
  const columns = chosen.parts.map(({ column }) => column!)
  return { columns, of: chosen.name === 'PRIMARY' ? 'primary' : 'unique' }
}

/** By the text in this place of theirs, in the order in which they come. */
function grouped(rows: readonly Row[], place: number): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[place]!)
    if (group === undefined) groups.set(row[place]!, [row])
    else group.push(row)
  }
  return groups
}
