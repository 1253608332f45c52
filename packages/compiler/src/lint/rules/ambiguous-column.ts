import { listed } from '@strata/core'
import type { ColumnUse, Query } from '../query.ts'
import { columnsOfItem } from '../query-columns.ts'
import type { Finding, LintedSql, Subject } from '../rule.ts'

/**
 * Columns without their relation where a column of that name may come to stand in another one, and those of a subquery that
 * are the outer query's.
 */
export function* ambiguousColumn({ sql, project }: Subject): Iterable<Finding> {
  for (const one of sql)
    for (const query of one.queries) {
      const [first, ...others] = distinct(query.uses.filter((use) => isAtRisk(use, query)))
      if (first !== undefined) yield unqualified(first, others, one)
      for (const use of distinct(query.uses.filter((use) => isOfOuter(use, query))))
        yield {
          message: `the subquery reads no column "${use.names[0]}": this is the outer query's`,
          hint: 'Write the relation before it, whichever is meant: as it stands the condition may hold for every row.',
          at: { sql: one, location: use.location },
        }
    }

  /** Nothing in the subquery has it, as far as that is known for certain, and something around it does. */
  function isOfOuter({ names }: ColumnUse, query: Query): boolean {
    const [column = '', qualifier] = names.toReversed()
    if (qualifier !== undefined || query.items.length === 0 || column === '*') return false
    const has = (of: Query) =>
      of.items.map((item) => item.name === column || columnsOfItem(item, project.columnsOf)?.includes(column))
    if (isOutputName(query, column) || has(query).some((one) => one !== false)) return false
    for (let outer = query.outer; outer !== null; outer = outer.outer)
      if (has(outer).some((one) => one === true)) return true
    return false
  }
}

function unqualified(first: ColumnUse, others: readonly ColumnUse[], sql: LintedSql): Finding {
  const names = [first, ...others].map(({ names: [name] }) => `"${name}"`)
  return {
    message: `${listed(names, 3, 'others')} ${names.length === 1 ? 'stands' : 'stand'} without a relation in a query over several`,
    hint: 'Write the relation before it: as soon as another one gets a column of that name, the query breaks.',
    at: { sql, location: first.location },
  }
}

/** Two of the relations have such a column, or may get one. */
function isAtRisk({ names, clause }: ColumnUse, query: Query): boolean {
  const [column = '', qualifier] = names.toReversed()
  if (qualifier !== undefined || column === '*' || query.items.length < 2) return false
  if (query.items.some(({ name }) => name === column)) return false
  if (query.joins.some(({ using }) => using === null || using.includes(column))) return false
  if ((clause === 'order' || clause === 'group') && isOutputName(query, column)) return false
  // What the text itself says of its columns does not change with a relation.
  const holders = query.items.filter((item) => columnsOfItem(item)?.includes(column) !== false)
  return holders.length > 1
}

function isOutputName({ select }: Query, column: string): boolean {
  return (select.targetList ?? []).some((target) => 'ResTarget' in target && target.ResTarget.name === column)
}

/** Each name where it stands first. */
function distinct(uses: readonly ColumnUse[]): readonly ColumnUse[] {
  const names = new Set<string>()
  return uses
    .toSorted((a, b) => a.location - b.location)
    .filter(({ names: [name = ''] }) => !names.has(name) && names.add(name))
}
