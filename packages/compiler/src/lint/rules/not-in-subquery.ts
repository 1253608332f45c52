import type { Node, SubLink } from '@pgsql/types'
import { columnNames, namesIn } from '../../lineage/ast.ts'
import { ownNodes } from '../own-nodes.ts'
import type { Query } from '../query.ts'
import { columnsOfQuery, starOf } from '../query-columns.ts'
import type { Finding, Subject } from '../rule.ts'
import { conjuncts, walkSql } from '../walk-sql.ts'

/** NOT IN over a subquery that may yield a null: then it holds for no row at all. */
export function* notInSubquery({ sql, project }: Subject): Iterable<Finding> {
  for (const one of sql) {
    const bySelect = new Map(one.queries.map((query) => [query.select, query]))
    for (const { subselect, location = 0 } of one.queries.flatMap(exclusions)) {
      const query =
        subselect !== undefined && 'SelectStmt' in subselect ? bySelect.get(subselect.SelectStmt) : undefined
      if (query === undefined || !mayBeNull(query, 0, [])) continue
      yield {
        message: '"not in" holds for no row as soon as its subquery yields a null',
        hint: 'Write "not exists (select … where …)", or leave nulls out in the subquery.',
        at: { sql: one, location },
      }
    }
  }

  /** Whether the column of that number may hold null, as far as constraints, tests and conditions do not forbid it. */
  function mayBeNull(query: Query, index: number, seen: readonly Query[]): boolean {
    if (seen.includes(query)) return false
    const further = [...seen, query]
    if (query.arms.length > 0) return query.arms.some((arm) => mayBeNull(arm, index, further))
    const targets = query.select.targetList ?? []
    if (query.select.valuesLists !== undefined) return holdsNull(query.select.valuesLists)
    const target = targets[index]
    const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
    if (value === undefined) return true
    if (starOf(value) === null) return valueMayBeNull(value, query, further)
    const names = columnsOfQuery(query, project.columnsOf)
    const name = names?.[index]
    return name === undefined || columnMayBeNull([name], query, further)
  }

  function valueMayBeNull(value: Node, query: Query, seen: readonly Query[]): boolean {
    if ('ColumnRef' in value) return columnMayBeNull(columnNames(value.ColumnRef), query, seen)
    if ('TypeCast' in value)
      return value.TypeCast.arg === undefined || valueMayBeNull(value.TypeCast.arg, query, seen)
    if ('A_Const' in value) return value.A_Const.isnull === true
    if ('CoalesceExpr' in value) {
      const { args = [] } = value.CoalesceExpr
      return args.every((one) => valueMayBeNull(one, query, seen))
    }
    if ('FuncCall' in value) return namesIn(value.FuncCall.funcname).at(-1) !== 'count'
    return true
  }

  function columnMayBeNull(names: readonly string[], query: Query, seen: readonly Query[]): boolean {
    const [column = '', qualifier] = names.toReversed()
    if (forbidsNull(query, column)) return false
    const named = qualifier === undefined ? query.items : query.items.filter(({ name }) => name === qualifier)
    // The optional side of an outer join is null where nothing matches.
    const [item, ...others] = named
    if (item === undefined || others.length > 0 || query.joins.some(({ kind }) => kind !== 'inner'))
      return true
    if (item.kind === 'relation') return !project.isNeverNull(item, column)
    const inner = item.cte === null ? item.query : item.cte.query
    if (inner === null || item.columnNames.length > 0 || (item.cte?.columnNames.length ?? 0) > 0) return true
    const index = columnsOfQuery(inner, project.columnsOf)?.indexOf(column) ?? -1
    return index < 0 || mayBeNull(inner, index, seen)
  }
}

function exclusions(query: Query): readonly SubLink[] {
  const found: SubLink[] = []
  for (const node of ownNodes(query)) {
    if ('BoolExpr' in node && node.BoolExpr.boolop === 'NOT_EXPR') {
      const [arg] = node.BoolExpr.args ?? []
      if (arg !== undefined && 'SubLink' in arg && arg.SubLink.subLinkType === 'ANY_SUBLINK')
        found.push(arg.SubLink)
    }
    if ('SubLink' in node && node.SubLink.subLinkType === 'ALL_SUBLINK') {
      if (namesIn(node.SubLink.operName).at(-1) === '<>') found.push(node.SubLink)
    }
  }
  return found
}

/** A condition that no null meets. */
function forbidsNull({ select }: Query, column: string): boolean {
  const isIt = (node: Node | undefined) =>
    node !== undefined && 'ColumnRef' in node && columnNames(node.ColumnRef).at(-1) === column
  return conjuncts(select.whereClause).some((condition) => {
    if ('NullTest' in condition)
      return condition.NullTest.nulltesttype === 'IS_NOT_NULL' && isIt(condition.NullTest.arg)
    if (!('A_Expr' in condition)) return false
    const { kind, lexpr, rexpr } = condition.A_Expr
    return (kind === 'AEXPR_OP' || kind === 'AEXPR_IN') && (isIt(lexpr) || isIt(rexpr))
  })
}

function holdsNull(rows: readonly Node[]): boolean {
  let found = false
  walkSql(rows, (node) => {
    found ||= 'A_Const' in node && node.A_Const.isnull === true
    return true
  })
  return found
}
