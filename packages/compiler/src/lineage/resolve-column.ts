import type { ColumnRef, Node } from '@pgsql/types'
import { nearMisses } from '../project/near-misses.ts'
import { as, namesIn } from './ast.ts'
import { type Column, columnValue } from './columns.ts'
import type { Resolution } from './resolution.ts'
import {
  allItems,
  columnOf,
  type FoundColumn,
  isBeside,
  lookUpColumn,
  lookUpItems,
  type Scope,
  type ScopeItem,
} from './scope.ts'
import { columnUse, computed, noValue, unite, type Value } from './use.ts'

/** Functions of any row, which Postgres calls for `t.count` where `t` has no such column. */
const ofRows = new Set(
  'array_agg any_value concat count json_agg jsonb_agg json_build_array jsonb_build_array max min num_nonnulls num_nulls pg_column_size pg_typeof quote_literal quote_nullable row_to_json to_json to_jsonb'.split(
    ' ',
  ),
)

export interface ResolvedColumn {
  readonly value: Value
  /** SQL; null: not known. */
  readonly type: string | null
  /** What it is one of; null: a row, or something unknown. */
  readonly column: Column | null
}

const unknown: ResolvedColumn = { value: noValue, type: null, column: null }

/** A name in an expression: a column, or a whole row. */
export function resolveColumn(resolution: Resolution, scope: Scope, ref: ColumnRef): ResolvedColumn {
  const { fields = [], location } = ref
  const names = namesIn(fields)
  const star = fields.length > names.length
  if (star) {
    if (names.length === 0) return unknown
    const item = findItem(resolution, scope, names, location)
    return item === null ? unknown : { ...unknown, value: wholeRow(item) }
  }
  const name = names.at(-1) ?? ''
  if (names.length === 1) {
    const found = lookUpColumn(scope, name)
    if (found?.kind === 'column' || found?.kind === 'ambiguous') return take(resolution, found, name, ref, 0)
    const row = lookUpItems(scope, name)
    if (row.length > 0) return { ...unknown, value: wholeRow(row[0]!) }
    if (found !== null) return take(resolution, found, name, ref, 0)
    reportUnknown(
      resolution,
      name,
      [...allItems(scope)].filter((item) => item.byColumn),
      ref,
      0,
    )
    return unknown
  }
  const item = findItem(resolution, scope, names.slice(0, -1), location)
  return item === null ? unknown : fieldOf(resolution, item, name, ref, names.length - 1)
}

/** A column of something in FROM, `part` of the names that are written. */
function fieldOf(
  resolution: Resolution,
  item: ScopeItem,
  name: string,
  ref: ColumnRef,
  part: number,
): ResolvedColumn {
  const found = columnOf(item, name)
  if (found !== null) return take(resolution, found, name, ref, part)
  if (ofRows.has(name) || isFunctionOf(resolution, item, name))
    return { ...unknown, value: computed(wholeRow(item)) }
  reportUnknown(resolution, name, [item], ref, part)
  return unknown
}

/** Postgres calls a function of the row where it has no such column. */
function isFunctionOf({ functions }: Resolution, { relation }: ScopeItem, name: string): boolean {
  if (relation === null || functions === null) return false
  return [relation.schema, 'public'].some((schema) => functions.qualified.has(`${schema}.${name}`))
}

/** `(t).x` where `t` is in FROM: its column. Null: what stands in the parentheses is no row of FROM. */
export function resolveField(
  resolution: Resolution,
  scope: Scope,
  row: Node | undefined,
  name: string,
): ResolvedColumn | null {
  const item = rowItem(scope, row)
  return item === null ? null : fieldOf(resolution, item, name, { location: -1 }, 0)
}

/** What in FROM `t` or `s.t` stands for where a row can stand; null where it is a column or anything else. */
export function rowItem(scope: Scope, node: Node | undefined): ScopeItem | null {
  const names = namesIn(as(node, 'ColumnRef')?.fields)
  const [first, second] = names
  if (first === undefined || names.length > 2) return null
  if (second !== undefined) {
    const owner = lookUpItems(scope, first)[0]
    if (owner !== undefined && columnOf(owner, second) !== null) return null
    return lookUpItems(scope, second, first)[0] ?? null
  }
  const found = lookUpColumn(scope, first)
  return found?.kind === 'column' || found?.kind === 'ambiguous'
    ? null
    : (lookUpItems(scope, first)[0] ?? null)
}

/** What stands for the row as a whole: all its columns. */
export function wholeRow({ columns, scalar }: ScopeItem): Value {
  if (scalar && columns.list.length === 1) return columnValue(columns.list[0]!)
  return computed(unite(...columns.list.map(columnValue)))
}

/** What `t` or `s.t` stands for; reports where there is none or are several. */
export function findItem(
  { problems }: Resolution,
  scope: Scope,
  names: readonly string[],
  location: number | undefined,
): ScopeItem | null {
  const name = names.at(-1) ?? ''
  const items = lookUpItems(scope, name, names.length > 1 ? names.at(-2)! : null)
  const written = names.join('.')
  if (items.length === 1) return items[0]!
  const place = { location, part: names.length - 1 }
  if (items.length > 1) {
    const candidates = items.flatMap(({ schema }) => (schema === null ? [] : [`${schema}.${name}`]))
    problems.report(
      'ambiguous_column',
      place,
      written,
      `"${written}" is more than one relation in FROM`,
      candidates,
    )
    return null
  }
  const known = [...allItems(scope)].filter((item) => item.byName && item.name !== '')
  const hidden = known.find((item) => item.relation?.name === name)
  if (isBeside(scope, name))
    problems.report('unknown_alias', place, written, `"${written}" cannot be seen from here, without LATERAL`)
  else if (hidden !== undefined)
    problems.report(
      'unknown_alias',
      place,
      written,
      `"${written}" is called "${hidden.name}" in this query`,
      [hidden.name],
    )
  else {
    const candidates = nearMisses(
      name,
      known.map((item) => item.name),
    )
    problems.report('unknown_alias', place, written, `there is no "${written}" in FROM`, candidates)
  }
  return null
}

function take(
  { problems }: Resolution,
  found: FoundColumn,
  name: string,
  { location }: ColumnRef,
  part: number,
): ResolvedColumn {
  switch (found.kind) {
    case 'column':
      return { value: columnValue(found.column), type: found.column.type, column: found.column }
    case 'open':
      return { ...unknown, value: found.value }
    case 'system':
      return {
        ...unknown,
        value: { direct: [columnUse(found.relation, name)], condition: [], window: [] },
      }
    case 'ambiguous': {
      const candidates = found.items.filter((item) => item.name !== '').map((item) => `${item.name}.${name}`)
      problems.report(
        'ambiguous_column',
        { location, part },
        name,
        `the column "${name}" is more than one column here`,
        found.items.length > 1 ? candidates : [],
      )
      return unknown
    }
  }
}

function reportUnknown(
  { problems }: Resolution,
  name: string,
  items: readonly ScopeItem[],
  { location, fields = [] }: ColumnRef,
  part: number,
): void {
  const [only] = items
  const of = fields.length > 1 && only !== undefined && only.name !== '' ? ` in "${only.name}"` : ''
  const known = items.flatMap((item) => item.columns.list.map((one) => one.name))
  problems.report(
    'unknown_column',
    { location, part },
    name,
    `there is no column "${name}"${of}`,
    nearMisses(name, known),
  )
}
