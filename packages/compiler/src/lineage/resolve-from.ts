import type { JoinExpr, Node, RangeSubselect, RangeVar } from '@pgsql/types'
import { aliasColumns } from './alias-columns.ts'
import { as, kindOf } from './ast.ts'
import { collectRead, collectUse } from './collected.ts'
import { columnsOf, columnsOfRelation, unknownSource } from './columns.ts'
import type { Resolution } from './resolution.ts'
import { readCte } from './resolve-ctes.ts'
import { resolveFunction } from './resolve-function.ts'
import { resolveJoin } from './resolve-join.ts'
import { resolveJsonTable, resolveXmlTable } from './resolve-table-function.ts'
import { findCte, newItem, type Scope, type ScopeItem } from './scope.ts'

/** What FROM brings into scope. */
export function resolveFrom(resolution: Resolution, scope: Scope, nodes: readonly Node[]): void {
  let items: readonly ScopeItem[] = []
  for (const node of nodes) {
    scope.beside = items
    const brought = resolveFromItem(resolution, scope, node).items
    reportConflicts(resolution, items, brought, node)
    items = [...items, ...brought]
  }
  scope.beside = []
  scope.items = items
}

export interface FromItem {
  /** What it brings into scope. */
  readonly items: readonly ScopeItem[]
  /** As the side of a join. */
  readonly whole: ScopeItem
}

export function resolveFromItem(resolution: Resolution, scope: Scope, node: Node): FromItem {
  const range = as(node, 'RangeVar')
  if (range !== null) return single(relationItem(resolution, scope, range))
  const join = as(node, 'JoinExpr')
  if (join !== null) return resolveJoin(resolution, scope, join)
  const subselect = as(node, 'RangeSubselect')
  if (subselect !== null) return single(subqueryItem(resolution, scope, subselect))
  const sample = as(node, 'RangeTableSample')
  if (sample?.relation !== undefined) {
    const item = resolveFromItem(resolution, scope, sample.relation)
    for (const arg of [
      ...(sample.args ?? []),
      ...(sample.repeatable === undefined ? [] : [sample.repeatable]),
    ])
      collectUse(
        scope.collected,
        'filter',
        laterally(scope, () => resolution.expression(arg, scope)),
      )
    return item
  }
  const call = as(node, 'RangeFunction')
  if (call !== null) return single(laterally(scope, () => resolveFunction(resolution, scope, call)))
  const xml = as(node, 'RangeTableFunc')
  if (xml !== null) return single(laterally(scope, () => resolveXmlTable(resolution, scope, xml)))
  const json = as(node, 'JsonTable')
  if (json !== null) return single(laterally(scope, () => resolveJsonTable(resolution, scope, json)))
  throw new Error(`FROM holds a ${kindOf(node)}`)
}

/** Reports names that two things in FROM have. */
export function reportConflicts(
  { problems }: Resolution,
  left: readonly ScopeItem[],
  right: readonly ScopeItem[],
  node: Node,
): void {
  if (left.length === 0) return
  const names = new Map<string, ScopeItem[]>()
  for (const item of left) if (item.byName && item.name !== '') push(names, item)
  for (const item of right) {
    if (!item.byName || item.name === '') continue
    const other = names.get(item.name)?.find((one) => !areApart(one, item))
    if (other === undefined) continue
    const message = `the name "${item.name}" stands for two things in FROM`
    problems.report('duplicate_alias', { location: locationOf(node) }, item.name, message)
  }
}

/** Relations of one name in two schemas may stand side by side. */
function areApart(one: ScopeItem, other: ScopeItem): boolean {
  return one.schema !== null && other.schema !== null && one.schema !== other.schema
}

function push(names: Map<string, ScopeItem[]>, item: ScopeItem): void {
  const items = names.get(item.name)
  if (items === undefined) names.set(item.name, [item])
  else items.push(item)
}

function single(item: ScopeItem): FromItem {
  return { items: [item], whole: item }
}

/** What is on the left can be seen. */
function laterally<T>(scope: Scope, resolve: () => T, lateral = true): T {
  const before = scope.lateral
  scope.lateral = lateral
  try {
    return resolve()
  } finally {
    scope.lateral = before
  }
}

function relationItem(resolution: Resolution, scope: Scope, range: RangeVar): ScopeItem {
  const { schemaname, relname = '', alias, location } = range
  const cte = schemaname === undefined ? findCte(scope, relname) : null
  if (cte !== null) {
    const columns = readCte(resolution, scope, cte)
    return newItem({
      name: alias?.aliasname ?? relname,
      columns: aliasColumns(resolution, columns, alias, location),
    })
  }
  const schema = schemaname ?? null
  const found = resolution.find({ schema, name: relname })
  const name = alias?.aliasname ?? relname
  if (found === null) {
    const columns = columnsOf([], [unknownSource])
    // The catalog is there, though nobody tells its columns.
    const catalog =
      schema === 'pg_catalog' ||
      schema === 'information_schema' ||
      (schema === null && relname.startsWith('pg_'))
    if (!catalog) {
      const written = schema === null ? relname : `${schema}.${relname}`
      resolution.problems.report(
        'unknown_relation',
        { location },
        written,
        `there is no relation "${written}"`,
      )
    }
    return newItem({ name, columns: aliasColumns(resolution, columns, alias, location) })
  }
  collectRead(scope.collected, found.relation)
  return newItem({
    name,
    columns: aliasColumns(resolution, columnsOfRelation(found), alias, location),
    schema: alias === undefined ? found.relation.schema : null,
    relation: found.relation,
  })
}

function subqueryItem(
  resolution: Resolution,
  scope: Scope,
  { lateral, subquery, alias }: RangeSubselect,
): ScopeItem {
  const stmt = as(subquery, 'SelectStmt')
  const columns =
    stmt === null
      ? columnsOf([], [unknownSource])
      : laterally(scope, () => resolution.query(stmt, scope, scope.collected), lateral === true)
  const name = alias?.aliasname ?? ''
  return newItem({ name, columns: aliasColumns(resolution, columns, alias, undefined), byName: name !== '' })
}

/** Where an item of FROM is written, as near as the tree tells. */
function locationOf(node: Node): number | undefined {
  const range = as(node, 'RangeVar') ?? as(as(node, 'RangeTableSample')?.relation, 'RangeVar')
  if (range !== null) return range.location
  const right = (as(node, 'JoinExpr') as JoinExpr | null)?.rarg
  return right === undefined ? undefined : locationOf(right)
}
