import type { Node } from '@pgsql/types'
import type { Query } from './query.ts'
import { walkSql } from './walk-sql.ts'

/** The nodes of a query's tree that stand in none of the queries in it. */
export function ownNodes({ select }: Query): readonly Node[] {
  const { larg, rarg, withClause, ...own } = select
  const nodes: Node[] = []
  walkSql(own, (node) => {
    if ('SelectStmt' in node) return false
    nodes.push(node)
    return true
  })
  return nodes
}
