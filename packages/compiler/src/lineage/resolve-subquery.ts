import type { Node, SubLink } from '@pgsql/types'
import { as, hasStar } from './ast.ts'
import { collectPart, newCollected, usesWithin } from './collected.ts'
import { columnValue, isComplete } from './columns.ts'
import { computed, gather } from './use.ts'
import type { Standing, Walk } from './walk.ts'

/** A query in an expression. */
export function resolveSubquery(
  { subLinkType, testexpr, subselect, location }: SubLink,
  { resolution, scope, into, visit }: Walk,
  { role, path, fate }: Standing,
): void {
  const stmt = as(subselect, 'SelectStmt')
  if (stmt === null) {
    visit(testexpr)
    return
  }
  const inner = newCollected()
  const columns = resolution.query(stmt, scope, inner)
  if (subLinkType === 'EXISTS_SUBLINK') {
    gather(
      into,
      { direct: usesWithin(inner), condition: [], window: [] },
      role === 'direct' ? 'condition' : role,
    )
    collectPart(scope.collected, 'reads', inner)
    return
  }
  visit(testexpr)
  collectPart(scope.collected, 'filter', inner)
  const scalar = subLinkType === 'EXPR_SUBLINK'
  const set = subLinkType === 'ARRAY_SUBLINK'
  for (const column of columns.list) {
    if (scalar) gather(into, columnValue(column), role, path, fate)
    else gather(into, computed(columnValue(column)), role)
  }
  const wanted = scalar || set ? 1 : widthOf(testexpr)
  const { length } = columns.list
  if (!isComplete(columns) || wanted === null || length === wanted) return
  const message =
    wanted === 1
      ? `the subquery must have one column and has ${length}`
      : `the subquery has ${length} columns and is compared with ${wanted}`
  resolution.problems.report('column_count', { location }, 'select', message)
}

/** Null where a star may stand for any number. */
function widthOf(compared: Node | undefined): number | null {
  const row = as(compared, 'RowExpr')
  if (row === null) return 1
  const args = row.args ?? []
  const starred = args.some((arg) => hasStar(as(arg, 'ColumnRef')?.fields))
  return starred ? null : args.length
}
