import type { Node, SelectStmt } from '@pgsql/types'
import { as, constantOf, namesIn } from './ast.ts'
import { collectUse } from './collected.ts'
import { columnValue } from './columns.ts'
import type { IndirectKind } from './query-lineage.ts'
import type { Resolution } from './resolution.ts'
import type { Output } from './resolve-outputs.ts'
import { lookUpColumn, type Scope } from './scope.ts'
import type { Value } from './use.ts'

/** GROUP BY, DISTINCT ON and ORDER BY: clauses in which a name or a number may stand for an output column. */
export function resolveSorts(
  resolution: Resolution,
  scope: Scope,
  stmt: SelectStmt,
  outputs: readonly Output[],
): void {
  const { sortClause = [], groupClause = [], distinctClause = [] } = stmt
  const byName = new Map<string, Output[]>()
  const collect = (kind: IndirectKind, value: Value): void => collectUse(scope.collected, kind, value)
  for (const output of outputs) {
    const named = byName.get(output.column.name)
    if (named === undefined) byName.set(output.column.name, [output])
    else named.push(output)
  }
  for (const node of sortClause) collect('order', valueBy(as(node, 'SortBy')?.node, 'output'))
  for (const node of groupingExpressions(groupClause)) collect('group', valueBy(node, 'input'))
  // Plain DISTINCT holds one empty node.
  for (const node of distinctClause)
    if (Object.keys(node).length > 0) collect('group', valueBy(node, 'output'))

  function valueBy(node: Node | undefined, first: 'output' | 'input'): Value {
    if (node === undefined) return { direct: [], condition: [], window: [] }
    const place = 'A_Const' in node ? constantOf(node) : null
    const numbered = typeof place === 'number' ? outputs[place - 1] : undefined
    if (numbered !== undefined) return columnValue(numbered.column)
    const names = namesIn(as(node, 'ColumnRef')?.fields)
    const [name] = names
    const named = names.length === 1 && name !== undefined ? byName.get(name) : undefined
    if (named === undefined || (first === 'input' && hasInput(name!)))
      return resolution.expression(node, scope)
    const [one] = named
    if (named.some((other) => !areSame(one!, other))) {
      const { location } = as(node, 'ColumnRef')!
      const message = `"${name}" is more than one column of the select list`
      resolution.problems.report('ambiguous_column', { location }, name!, message)
    }
    return columnValue(one!.column)
  }

  /** A column of this level of the query. */
  function hasInput(name: string): boolean {
    return lookUpColumn({ ...scope, outer: null }, name) !== null
  }
}

/** The expressions of GROUP BY, out of the grouping sets that they stand in. */
function groupingExpressions(nodes: readonly Node[]): Node[] {
  const found: Node[] = []
  const open = [...nodes].reverse()
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const row = as(node, 'RowExpr')
    const inner =
      as(node, 'GroupingSet')?.content ?? (row?.row_format === 'COERCE_IMPLICIT_CAST' ? row.args : undefined)
    if (inner !== undefined) open.push(...[...inner].reverse())
    else if (!('GroupingSet' in node)) found.push(node)
  }
  return found
}

/** Two output columns of one name are no matter where they are the same expression. */
function areSame(one: Output, other: Output): boolean {
  if (one === other) return true
  if (one.same !== undefined || other.same !== undefined) return one.same === other.same
  if (one.target === null || other.target === null) return false
  return textOf(one.target.val) === textOf(other.target.val)
}

function textOf(node: Node | undefined): string {
  return JSON.stringify(node, (key, value: unknown) => (key === 'location' ? undefined : value)) ?? ''
}
