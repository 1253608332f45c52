import type { ParsedSql } from '../sql/parse-sql.ts'
import { as } from './ast.ts'
import { flatten, newCollected } from './collected.ts'
import { type Columns, columnValue, isComplete } from './columns.ts'
import { addFilled } from './fill-slots.ts'
import { newProblems } from './problems.ts'
import type { FindShape, OutputColumn, QueryLineage, ResolvedQuery } from './query-lineage.ts'
import type { KnownFunctions, Resolution } from './resolution.ts'
import { resolveExpression } from './resolve-expression.ts'
import { resolveSelect } from './resolve-select.ts'
import { columnUses, newGathering, roles } from './use.ts'

export interface ResolveOptions {
  /** Lower case, with schema where it is not `pg_catalog`; names of types as well. Without it functions are not checked. */
  readonly knownFunctions?: ReadonlySet<string>
}

/**
 * What the names of a query stand for, as Postgres has it: where its columns come from, and what cannot be right. The first
 * SELECT of the text; of anything else nothing is known. Never throws for what is written in it.
 */
export function resolveQuery(
  sql: ParsedSql,
  find: FindShape,
  { knownFunctions }: ResolveOptions = {},
): ResolvedQuery {
  const problems = newProblems(sql)
  const resolution: Resolution = {
    find,
    functions: knownFunctions === undefined ? null : functionsOf(knownFunctions),
    problems,
    depth: 0,
    recursive: 0,
    query: (stmt, outer, collected) => resolveSelect(resolution, stmt, outer, collected),
    expression: (node, scope) => resolveExpression(resolution, scope, node),
  }
  const stmt = sql.statements.map((one) => as(one.stmt, 'SelectStmt')).find((one) => one !== null)
  const collected = newCollected()
  const columns = stmt === undefined ? null : resolveSelect(resolution, stmt, null, collected)
  const lineage: QueryLineage = { columns: outputsOf(columns, sql), ...flatten(collected) }
  return { lineage, problems: problems.found }
}

function outputsOf(columns: Columns | null, { offsetOf }: ParsedSql): readonly OutputColumn[] | null {
  if (columns === null || !isComplete(columns)) return null
  return columns.list.map((one) => {
    const into = newGathering()
    const value = columnValue(one)
    for (const role of roles) for (const use of value[role]) addFilled(into, role, use)
    const { name, location = -1 } = one
    return {
      name,
      offset: location < 0 ? null : offsetOf(location),
      direct: columnUses(into.direct.values()),
      condition: columnUses(into.condition.values()),
      window: columnUses(into.window.values()),
    }
  })
}

const known = new WeakMap<ReadonlySet<string>, KnownFunctions>()

function functionsOf(qualified: ReadonlySet<string>): KnownFunctions {
  const made = known.get(qualified) ?? {
    qualified,
    bare: new Set([...qualified].map((name) => name.slice(name.lastIndexOf('.') + 1))),
  }
  known.set(qualified, made)
  return made
}
