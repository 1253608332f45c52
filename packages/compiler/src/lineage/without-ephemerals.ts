import { isEphemeralName } from '../sql/ephemeral-name.ts'
import type { ParsedSql } from '../sql/parse-sql.ts'
import type { FindNode } from './find-node.ts'

/** The query without the common table expressions of ephemeral models, which are nodes of their own. */
export function withoutEphemerals(sql: ParsedSql, findNode: FindNode): ParsedSql {
  const isEphemeral = (name: string | undefined) =>
    name !== undefined && isEphemeralName(name) && findNode({ schema: null, name }) !== null
  return {
    ...sql,
    statements: sql.statements.map((statement) => {
      const { stmt } = statement
      if (stmt === undefined || !('SelectStmt' in stmt)) return statement
      const { withClause, ...select } = stmt.SelectStmt
      const ctes = withClause?.ctes ?? []
      const own = ctes.filter(
        (cte) => !('CommonTableExpr' in cte && isEphemeral(cte.CommonTableExpr.ctename)),
      )
      if (own.length === ctes.length) return statement
      const left = own.length === 0 ? {} : { withClause: { ...withClause, ctes: own } }
      return { ...statement, stmt: { SelectStmt: { ...select, ...left } } }
    }),
  }
}
