import type { JoinExpr, JoinType } from '@pgsql/types'
import { nearMisses } from '../project/near-misses.ts'
import { aliasColumns } from './alias-columns.ts'
import { namesIn } from './ast.ts'
import { collectUse } from './collected.ts'
import {
  type Column,
  type Columns,
  column,
  columnsOf,
  columnValue,
  findColumn,
  openValue,
  unknownSource,
} from './columns.ts'
import type { Resolution } from './resolution.ts'
import { type FromItem, reportConflicts, resolveFromItem } from './resolve-from.ts'
import { newItem, type Scope, type ScopeItem } from './scope.ts'
import { inPath, unite, type Value } from './use.ts'

/** A join and all that is joined in it. */
export function resolveJoin(resolution: Resolution, scope: Scope, join: JoinExpr): FromItem {
  // Joins nest to the left, as many as one writes.
  const chain: JoinExpr[] = []
  let leftmost = join.larg
  for (let next: JoinExpr | null = join; next !== null; next = asJoin(leftmost)) {
    chain.push(next)
    leftmost = next.larg
  }
  let left = leftmost === undefined ? nothing : resolveFromItem(resolution, scope, leftmost)
  for (const next of chain.reverse()) left = joinWith(resolution, scope, left, next)
  return left
}

const empty = newItem({ name: '', columns: columnsOf([], [unknownSource]), byName: false })
const nothing: FromItem = { items: [], whole: empty }

function asJoin(node: JoinExpr['larg']): JoinExpr | null {
  return node !== undefined && 'JoinExpr' in node ? node.JoinExpr : null
}

function joinWith(resolution: Resolution, scope: Scope, left: FromItem, join: JoinExpr): FromItem {
  const beside = scope.beside
  scope.beside = [...beside, ...left.items]
  const right = join.rarg === undefined ? nothing : resolveFromItem(resolution, scope, join.rarg)
  scope.beside = beside
  reportConflicts(resolution, left.items, right.items, { JoinExpr: join })
  const items = [...left.items, ...right.items]
  const shared = sharedNames(join, left.whole.columns, right.whole.columns)
  const merged = shared.map((name) => merge(resolution, scope, name, left.whole, right.whole, join.jointype))
  if (join.quals !== undefined) {
    const around = [scope.items, scope.beside] as const
    scope.items = items
    scope.beside = []
    collectUse(scope.collected, 'join', resolution.expression(join.quals, scope))
    scope.items = around[0]
    scope.beside = around[1]
  }
  const isRest = ({ name }: Column): boolean => !shared.includes(name)
  const columns = columnsOf(
    [...merged, ...rest(left.whole.columns, isRest), ...rest(right.whole.columns, isRest)],
    [...left.whole.columns.open, ...right.whole.columns.open],
  )
  return named(resolution, items, join, columns, merged)
}

/** What a join brings into scope: under an alias itself alone, else its sides by their names and its columns without a name. */
function named(
  resolution: Resolution,
  items: readonly ScopeItem[],
  join: JoinExpr,
  columns: Columns,
  merged: readonly Column[],
): FromItem {
  const { alias, join_using_alias } = join
  if (alias !== undefined) {
    const whole = newItem({
      name: alias.aliasname ?? '',
      columns: aliasColumns(resolution, columns, alias, undefined),
    })
    return { items: [whole], whole }
  }
  const whole = newItem({ name: '', columns, byName: false })
  const sides = items
    .filter((item) => item.byName)
    .map((item) => (item.byColumn ? { ...item, byColumn: false } : item))
  const using =
    join_using_alias === undefined
      ? []
      : [newItem({ name: join_using_alias.aliasname ?? '', columns: columnsOf(merged), byColumn: false })]
  reportConflicts(resolution, sides, using, { JoinExpr: join })
  return { items: [...sides, ...using, whole], whole }
}

function rest({ list }: Columns, isRest: (column: Column) => boolean): readonly Column[] {
  return list.filter(isRest)
}

/** The columns that USING names, or that both sides of a natural join have. */
function sharedNames({ usingClause, isNatural }: JoinExpr, left: Columns, right: Columns): readonly string[] {
  if (isNatural !== true) return [...new Set(namesIn(usingClause))]
  return [...new Set(left.list.map(({ name }) => name))].filter((name) => findColumn(right, name) !== null)
}

function merge(
  resolution: Resolution,
  scope: Scope,
  name: string,
  left: ScopeItem,
  right: ScopeItem,
  type: JoinType | undefined,
): Column {
  const [one, other] = [left, right].map((side) => sideOf(resolution, name, side)) as [Side, Side]
  collectUse(scope.collected, 'join', unite(one.value, other.value))
  if (type === 'JOIN_RIGHT') return column(name, other.value, other.type)
  if (type === 'JOIN_FULL') return column(name, inPath(unite(one.value, other.value), [], 'chosen'), one.type)
  return column(name, one.value, one.type)
}

interface Side {
  readonly value: Value
  readonly type: string | null
}

function sideOf({ problems }: Resolution, name: string, { columns }: ScopeItem): Side {
  const found = findColumn(columns, name)
  if (found !== null && found !== 'ambiguous') return { value: columnValue(found), type: found.type }
  const value = openValue(columns.open, name)
  if (found === 'ambiguous')
    problems.report(
      'ambiguous_column',
      { location: -1 },
      name,
      `the column "${name}" of USING is more than one column of a side`,
    )
  else if (columns.open.length === 0) {
    const known = columns.list.map((one) => one.name)
    const message = `there is no column "${name}" on one side of the join, and USING names it`
    problems.report('unknown_column', { location: -1 }, name, message, nearMisses(name, known))
  }
  return { value, type: null }
}
