import type { EdgeReading, IncrementEdge, Json } from '@strata/core'

/** What the state and the catalog say of an edge whose parent does not record its changes. */
export interface ReadingRow {
  /** Tables that the parent consists of, itself first, each with its `relkind`; null: it is not there. */
  readonly family: readonly (readonly [oid: string, relkind: string])[] | null
  /** By column; null: the parent is not there. */
  readonly types: { readonly [column: string]: string } | null
  /** Fingerprint of the parent, where it is a view of ours. */
  readonly view: string | null
  readonly columns: StoredColumns | null
  readonly tables: readonly string[] | null
}

/** `strata.watermarks.columns` */
export interface StoredColumns {
  readonly logic: string
  readonly min: string | null
  readonly max: string | null
  readonly view: string | null
  readonly values: { readonly [column: string]: string | null }
}

/** SQL of the catalog's part of a `ReadingRow`, for a parent `c` of `pg_class` and a way to read it `w.way`. */
export const readingColumns = `m.columns, m.tables::text[] as tables,
  case w.way when 'xmin' then (
    with recursive family (oid) as (
      select c.oid union select i.inhrelid from pg_inherits i join family f on f.oid = i.inhparent
    )
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(f.oid::text, r.relkind) order by f.oid <> c.oid, f.oid)
    from family f join pg_class r on r.oid = f.oid) end as family,
  case w.way when 'columns' then (
    select pg_catalog.jsonb_object_agg(a.attname, coalesce(base.typname, t.typname))
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type base on base.oid = t.typbasetype
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end as types,
  case when c.relkind = 'v' then (
    select v.fingerprint from strata.relations v where v.relation_oid = c.oid and not v.retired limit 1) end as view`

/** Why what is stored does not say how far the edge has been read in the way that it is read now; null: it does. */
export function readingDoubt({ by }: IncrementEdge, row: ReadingRow, source: string): string | null {
  const { columns, tables } = row
  const stored = columns !== null ? 'columns' : tables !== null ? 'xmin' : undefined
  if (by?.kind !== stored) return `${source} was read in another way so far`
  if (by?.kind !== 'columns' || columns === null) return null
  const before = Object.keys(columns.values).sort().join('\n')
  if (before !== [...by.columns].sort().join('\n') || columns.logic !== by.logic)
    return `the change columns of ${source} are others`
  if (columns.min !== by.min || columns.max !== by.max)
    return `the bounds of the change columns of ${source} are others`
  return columns.view === row.view ? null : `the view ${source} was changed`
}

/** Undefined: the parent records its changes. */
export function edgeReading({ by }: IncrementEdge, row: ReadingRow): EdgeReading | undefined {
  if (by === undefined) return undefined
  if (by.kind === 'xmin') {
    const family = row.family ?? []
    const known = row.tables ?? []
    return {
      kind: 'xmin',
      relkinds: [...new Set(family.map(([, relkind]) => relkind))],
      tables: family.map(([oid]) => oid),
      newTables: family.map(([oid]) => oid).filter((oid) => row.tables !== null && !known.includes(oid)),
    }
  }
  return {
    kind: 'columns',
    declared: by,
    view: row.view,
    columns: by.columns.map((name) => ({
      name,
      type: row.types !== null && Object.hasOwn(row.types, name) ? row.types[name]! : null,
      from: row.columns?.values[name] ?? null,
    })),
  }
}

/** What is stored of an edge when a step has read it; `reached` are the values up to which its change columns were read. */
export function readingToStore(
  by: EdgeReading | undefined,
  reached: StoredColumns['values'] | undefined,
): { readonly columns: Json; readonly tables: readonly string[] | null } {
  if (by?.kind === 'xmin') return { columns: null, tables: by.tables }
  if (by === undefined || reached === undefined) return { columns: null, tables: null }
  const { logic, min, max } = by.declared
  return { columns: { logic, min, max, view: by.view, values: reached }, tables: null }
}
