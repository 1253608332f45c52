import { namesIn } from '../lineage/ast.ts'
import type { Query } from './query.ts'
import { walkSql } from './walk-sql.ts'

/** Whether a query surely yields at most one row, as one with totals or settings does. */
export function yieldsOneRow(query: Query | null): boolean {
  if (query === null || query.arms.length > 0) return false
  const { select } = query
  if (select.limitCount !== undefined) {
    const { limitCount } = select
    if ('A_Const' in limitCount && limitCount.A_Const.ival?.ival === 1) return true
  }
  if (select.valuesLists !== undefined) return select.valuesLists.length === 1
  if (select.groupClause !== undefined) return false
  if (aggregates(select.targetList)) return true
  // Each of its relations has one row at most.
  return (
    !callsSets(select.targetList) &&
    query.items.every((item) => yieldsOneRow(item.cte === null ? item.query : item.cte.query))
  )
}

function aggregates(part: unknown): boolean {
  let found = false
  walkSql(part, (node) => {
    if ('SelectStmt' in node) return false
    if ('FuncCall' in node && node.FuncCall.over === undefined)
      found ||=
        node.FuncCall.agg_star === true ||
        node.FuncCall.agg_within_group === true ||
        aggregateNames.has(namesIn(node.FuncCall.funcname).at(-1) ?? '')
    // An aggregate as the argument of a window function aggregates as well, and so does one in its PARTITION BY.
    return true
  })
  return found
}

function callsSets(part: unknown): boolean {
  let found = false
  walkSql(part, (node) => {
    if ('SelectStmt' in node) return false
    if ('FuncCall' in node)
      found ||=
        /^(unnest|generate_|json.*_(each|elements|keys|path_query)|regexp_(matches|split_to_table)|string_to_table)/.test(
          namesIn(node.FuncCall.funcname).at(-1) ?? '',
        )
    return true
  })
  return found
}

const aggregateNames: ReadonlySet<string> = new Set([
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'any_value',
  'array_agg',
  'string_agg',
  'json_agg',
  'jsonb_agg',
  'json_object_agg',
  'jsonb_object_agg',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
  'stddev',
  'variance',
  'corr',
  'range_agg',
])
