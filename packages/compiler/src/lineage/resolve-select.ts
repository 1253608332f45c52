import type { Node, SelectStmt } from '@pgsql/types'
import { as, constantOf, itemsOf } from './ast.ts'
import { checkLocking } from './check-locking.ts'
import { type Collected, collectUse } from './collected.ts'
import {
  type Columns,
  column,
  columnsOf,
  columnValue,
  findColumn,
  isComplete,
  type OpenSource,
  unknownSource,
} from './columns.ts'
import type { Resolution } from './resolution.ts'
import { withCtes } from './resolve-ctes.ts'
import { resolveFrom } from './resolve-from.ts'
import { resolveOutputs } from './resolve-outputs.ts'
import { resolveSorts } from './resolve-sorts.ts'
import { resolveWindows } from './resolve-windows.ts'
import { newItem, newScope, type Scope } from './scope.ts'
import { noValue, unite, type Value } from './use.ts'

/** Queries in queries deeper than this are taken for unknown: beyond it lies the end of the stack. */
const maxDepth = 200

/** A query of any form: SELECT, VALUES, or several of them put together. */
export function resolveSelect(
  resolution: Resolution,
  stmt: SelectStmt,
  outer: Scope | null,
  collected: Collected,
): Columns {
  if (resolution.depth >= maxDepth) return columnsOf([], [unknownSource])
  resolution.depth++
  const around =
    stmt.withClause === undefined ? outer : withCtes(resolution, outer, stmt.withClause, collected)
  const columns = isSet(stmt)
    ? resolveSet(resolution, around, { ...stmt, withClause: undefined } as SelectStmt, collected)
    : stmt.valuesLists !== undefined
      ? resolveValues(resolution, stmt, newScope(around, collected, new Map()))
      : resolvePlain(resolution, stmt, newScope(around, collected, new Map()))
  resolution.depth--
  return columns
}

function isSet({ op }: SelectStmt): boolean {
  return op !== undefined && op !== 'SETOP_NONE'
}

/**
 * UNION, EXCEPT, INTERSECT. The columns are put together by position; what is taken away or kept by a right side is a filter.
 * `firstKnown` is told the columns before the last query is resolved, which in a recursive expression reads them.
 */
export function resolveSet(
  resolution: Resolution,
  outer: Scope | null,
  stmt: SelectStmt,
  collected: Collected,
  firstKnown?: (columns: Columns) => void,
): Columns {
  const around =
    stmt.withClause === undefined ? outer : withCtes(resolution, outer, stmt.withClause, collected)
  // Set operations nest to the left, thousands of them where a macro writes them.
  const chain: SelectStmt[] = []
  let leftmost: SelectStmt = stmt
  while (isSet(leftmost) && leftmost.larg !== undefined && (leftmost === stmt || isBare(leftmost))) {
    chain.push(leftmost)
    leftmost = leftmost.larg
  }
  const parts: Columns[] = [resolveSelect(resolution, leftmost, around, collected)]
  for (const operation of chain.reverse()) {
    if (operation === stmt) firstKnown?.(together(parts))
    if (operation.rarg === undefined) continue
    const right = resolveSelect(resolution, operation.rarg, around, collected)
    checkWidth(resolution, parts[0]!, right, operation)
    if (operation.op === 'SETOP_UNION') parts.push(right)
    else for (const one of right.list) collectUse(collected, 'filter', columnValue(one))
  }
  const columns = together(parts)
  const scope = newScope(around, collected, new Map())
  scope.items = [newItem({ name: '', columns, byName: false })]
  return inOrder(resolution, scope, stmt, columns)
}

function isBare({ sortClause, limitCount, limitOffset, withClause, lockingClause }: SelectStmt): boolean {
  return [sortClause, limitCount, limitOffset, withClause, lockingClause].every((one) => one === undefined)
}

/** By position, under the names of the first; where columns are unknown, by name. */
function together(parts: readonly Columns[]): Columns {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first ?? columnsOf([])
  const open = parts.flatMap((part) => part.open)
  if (isComplete({ open })) {
    return columnsOf(
      first.list.map(({ name, type, location }, at) => {
        const all = parts.map((part) => part.list[at])
        const value = unite(...all.map((one) => (one === undefined ? noValue : columnValue(one))))
        return { ...column(name, value, type), location }
      }),
    )
  }
  const source: OpenSource = {
    relations: open.flatMap((one) => one.relations),
    value: unite(...open.map((one) => one.value)),
  }
  const list = first.list.map(({ name, type }) => {
    const values = parts.map((part): Value => {
      const found = findColumn(part, name)
      return found === null || found === 'ambiguous' ? noValue : columnValue(found)
    })
    return column(name, unite(...values), type)
  })
  return columnsOf(list, [source])
}

function checkWidth({ problems }: Resolution, left: Columns, right: Columns, { op, rarg }: SelectStmt): void {
  if (!isComplete(left) || !isComplete(right) || left.list.length === right.list.length) return
  const word = (op ?? '').replace('SETOP_', '')
  const [one, other] = [left.list.length, right.list.length]
  const location = firstLocation(rarg)
  problems.report(
    'column_count',
    { location },
    word.toLowerCase(),
    `the sides of ${word} have ${one} and ${other} columns`,
  )
}

function firstLocation(stmt: SelectStmt | undefined): number | undefined {
  let first = stmt
  while (first?.larg !== undefined) first = first.larg
  return as(first?.targetList?.[0], 'ResTarget')?.location
}

function resolveValues(resolution: Resolution, stmt: SelectStmt, scope: Scope): Columns {
  const rows = (stmt.valuesLists ?? []).map((list) => itemsOf(list))
  const width = rows[0]?.length ?? 0
  const values: Value[][] = Array.from({ length: width }, () => [])
  for (const row of rows) {
    if (row.length !== width) {
      const message = `the rows of VALUES have ${width} and ${row.length} columns`
      resolution.problems.report('column_count', { location: undefined }, 'values', message)
    }
    row.forEach((node, at) => {
      // Most are constants, and there may be very many.
      if (constantOf(node) === null) (values[at] ?? []).push(resolution.expression(node, scope))
    })
  }
  const columns = columnsOf(values.map((all, at) => column(`column${at + 1}`, unite(...all))))
  return inOrder(resolution, scope, stmt, columns)
}

/** The columns of what is no plain SELECT, with its ORDER BY and LIMIT. */
function inOrder(resolution: Resolution, scope: Scope, stmt: SelectStmt, columns: Columns): Columns {
  const outputs = columns.list.map((one) => ({ column: one, target: null }))
  resolveSorts(resolution, scope, stmt, outputs)
  resolveLimit(resolution, scope, stmt)
  return columns
}

function resolvePlain(resolution: Resolution, stmt: SelectStmt, scope: Scope): Columns {
  const { fromClause = [], targetList = [], windowClause = [], whereClause, havingClause } = stmt
  resolveFrom(resolution, scope, fromClause)
  scope.windows = resolveWindows(resolution, scope, windowClause)
  const targets = targetList.flatMap((node) => as(node, 'ResTarget') ?? [])
  const { outputs, open } = resolveOutputs(resolution, scope, targets)
  const filter = (node: Node | undefined): void => {
    if (node !== undefined) collectUse(scope.collected, 'filter', resolution.expression(node, scope))
  }
  filter(whereClause)
  filter(havingClause)
  resolveSorts(resolution, scope, stmt, outputs)
  resolveLimit(resolution, scope, stmt)
  checkLocking(resolution, scope, stmt)
  return columnsOf(
    outputs.map((one) => one.column),
    open,
  )
}

function resolveLimit(resolution: Resolution, scope: Scope, { limitCount, limitOffset }: SelectStmt): void {
  for (const node of [limitCount, limitOffset])
    if (node !== undefined) collectUse(scope.collected, 'filter', resolution.expression(node, scope))
}
