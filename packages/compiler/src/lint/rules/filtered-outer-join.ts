import type { Node } from '@pgsql/types'
import { columnNames, namesIn } from '../../lineage/ast.ts'
import type { FromItem, Join, Query } from '../query.ts'
import { columnsOfItem } from '../query-columns.ts'
import type { Finding, Subject } from '../rule.ts'
import { conjuncts } from '../walk-sql.ts'

/** A condition in WHERE on the optional side of an outer join: it drops the very rows that the join was to keep. */
export function* filteredOuterJoin({ sql }: Subject): Iterable<Finding> {
  for (const one of sql)
    for (const query of one.queries)
      for (const { names, location, operator } of conditionsOf(query.select.whereClause)) {
        const found = query.joins
          .flatMap((join) => optionalSides(join).map((item) => ({ join, item })))
          .find(({ item }) => isColumnOf(item, names, query))
        if (found === undefined) continue
        const { join, item } = found
        yield {
          message: `"${names.join('.')} ${operator} …" in WHERE undoes the ${join.kind} join: rows without ${item.name ?? 'a match'} are dropped`,
          hint: `Move the condition into ON, write "join" where only matches are wanted, or say what is to be of null.`,
          at: { sql: one, location },
        }
      }
}

function optionalSides({ kind, left, right }: Join): readonly FromItem[] {
  if (kind === 'left') return right
  if (kind === 'right') return left
  return kind === 'full' ? [...left, ...right] : []
}

function isColumnOf(item: FromItem, names: readonly string[], { items }: Query): boolean {
  const [column = '', qualifier] = names.toReversed()
  if (qualifier !== undefined) return qualifier === item.name
  const holders = items.filter((other) => columnsOfItem(other)?.includes(column) !== false)
  return holders.length === 1 && holders[0] === item
}

interface Condition {
  readonly names: readonly string[]
  readonly operator: string
  readonly location: number
}

/** Conditions that each row must meet and that null does not: a bare column on one side. */
function conditionsOf(where: Node | undefined): readonly Condition[] {
  return conjuncts(where).flatMap((condition): Condition[] => {
    if (!('A_Expr' in condition) || !nullRejecting.has(condition.A_Expr.kind ?? '')) return []
    const { kind = '', lexpr, rexpr, name } = condition.A_Expr
    const operator = words.get(kind) ?? namesIn(name).at(-1) ?? '='
    return [lexpr, rexpr].flatMap((side) => {
      const bare = side !== undefined && 'TypeCast' in side ? side.TypeCast.arg : side
      if (bare === undefined || !('ColumnRef' in bare)) return []
      const { location = 0 } = bare.ColumnRef
      return [{ names: columnNames(bare.ColumnRef), operator, location }]
    })
  })
}

const words: ReadonlyMap<string, string> = new Map([
  ['AEXPR_IN', 'in'],
  ['AEXPR_LIKE', 'like'],
  ['AEXPR_ILIKE', 'ilike'],
  ['AEXPR_BETWEEN', 'between'],
])

const nullRejecting: ReadonlySet<string> = new Set(['AEXPR_OP', ...words.keys()])
