import type { Node } from '@pgsql/types'
import { columnNames } from '../../lineage/ast.ts'
import type { ColumnUse, FromItem, Join, Query } from '../query.ts'
import { columnsOfItem } from '../query-columns.ts'
import type { Finding, LintedSql, Subject } from '../rule.ts'
import { conjuncts, walkSql } from '../walk-sql.ts'
import { yieldsOneRow } from '../yields-one-row.ts'

/** Relations that nothing ties to each other: every row of the one meets every row of the other. */
export function* joinWithoutCondition({ sql, project }: Subject): Iterable<Finding> {
  for (const one of sql)
    for (const query of one.queries) {
      for (const join of query.joins) yield* looseJoin(join, one)
      yield* looseItems(query, one)
    }

  function* looseJoin(join: Join, one: LintedSql): Iterable<Finding> {
    const { kind, left, right, on } = join
    const [first] = right
    if (on === null || first === undefined) return
    // An outer join has no other way to say it.
    if (kind !== 'inner' && isTrue(on)) return
    // Rows that are looked up by a constant are meant for every row.
    if (conjuncts(on).every(isLookup)) return
    const names = columnsIn(on)
    if (names.some((name) => touches(left, name, right)) && names.some((name) => touches(right, name, left)))
      return
    if (left.every(isHarmless) || right.every(isHarmless)) return
    yield finding(
      first,
      one,
      `the condition of this join does not tie ${label(first)} to what stands before it`,
    )
  }

  function* looseItems(query: Query, one: LintedSql): Iterable<Finding> {
    if (query.from.length < 2) return
    const loose = query.from.filter((group) => !group.every(isHarmless))
    const [start] = loose
    if (start === undefined || loose.length < 2) return
    const tied = new Set(query.from.filter((group) => group === start || !loose.includes(group)))
    const conditions = conjuncts(query.select.whereClause).map(columnsIn)
    for (let grown = true; grown; ) {
      grown = false
      for (const names of conditions)
        for (const group of loose) {
          if (tied.has(group) || !names.some((name) => touches(group, name, others(group)))) continue
          const isTied = [...tied].some((other) => names.some((name) => touches(other, name, others(other))))
          if (isTied) {
            tied.add(group)
            grown = true
          }
        }
    }
    for (const group of loose) {
      if (tied.has(group)) continue
      const [first] = group
      yield finding(first!, one, `no condition ties ${label(first!)} to what stands before it`)
    }

    function others(group: readonly FromItem[]): readonly FromItem[] {
      return query.from.flatMap((other) => (other === group ? [] : other))
    }
  }

  function label(item: FromItem): string {
    return project.nameOf(item) ?? item.name ?? 'this'
  }
}

function finding(item: FromItem, sql: LintedSql, what: string): Finding {
  return {
    message: `${what}: every row of the one meets every row of the other`,
    hint: 'Write what the two have in common in ON; where every pair is meant, write "cross join".',
    at: { sql, location: item.location },
  }
}

/** What multiplies no rows, or takes its own from what stands before it. */
function isHarmless(item: FromItem): boolean {
  return item.lateral || yieldsOneRow(item.cte === null ? item.query : item.cte.query)
}

/** Whether a column may be one of these; without its relation it is theirs unless it is known to be of the others. */
function touches(
  items: readonly FromItem[],
  { names }: Pick<ColumnUse, 'names'>,
  others: readonly FromItem[],
): boolean {
  const [column = '', qualifier] = names.toReversed()
  if (qualifier !== undefined) return items.some(({ name }) => name === qualifier)
  if (items.some(({ name }) => name === column)) return true
  const has = (item: FromItem) => columnsOfItem(item)?.includes(column)
  return (
    items.some((item) => has(item) === true) ||
    (!others.some((item) => has(item) === true) && items.some((item) => has(item) === undefined))
  )
}

function columnsIn(condition: Node): readonly Pick<ColumnUse, 'names'>[] {
  const found: Pick<ColumnUse, 'names'>[] = []
  walkSql(condition, (node) => {
    if ('ColumnRef' in node) found.push({ names: columnNames(node.ColumnRef) })
    return true
  })
  return found
}

function isLookup(condition: Node): boolean {
  if (!('A_Expr' in condition)) return false
  const { lexpr = {}, rexpr = {} } = condition.A_Expr
  return ('ColumnRef' in lexpr && 'A_Const' in rexpr) || ('A_Const' in lexpr && 'ColumnRef' in rexpr)
}

function isTrue(on: Node): boolean {
  return columnsIn(on).length === 0
}
