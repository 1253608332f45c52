import type { JsonTable, JsonTableColumn, Node, RangeTableFunc } from '@pgsql/types'
import { aliasColumns } from './alias-columns.ts'
import { as, constantOf } from './ast.ts'
import { type Column, column, columnsOf } from './columns.ts'
import { jsonPathSteps } from './json-path.ts'
import type { Resolution } from './resolution.ts'
import { newItem, type Scope, type ScopeItem } from './scope.ts'
import { typeName } from './type-names.ts'
import { computed, inPath, noValue, unite, type Value } from './use.ts'

/** XMLTABLE: its columns are computed of the document and of the expressions that say what to take. */
export function resolveXmlTable(resolution: Resolution, scope: Scope, table: RangeTableFunc): ScopeItem {
  const { docexpr, rowexpr, namespaces = [], columns = [], alias } = table
  const valueIn = (node: Node | undefined): Value =>
    node === undefined ? noValue : computed(resolution.expression(node, scope))
  const rows = unite(
    valueIn(docexpr),
    valueIn(rowexpr),
    ...namespaces.map((node) => valueIn(as(node, 'ResTarget')?.val)),
  )
  const list = columns.flatMap((node) => {
    const {
      colname = '',
      colexpr,
      coldefexpr,
      for_ordinality,
      typeName: type,
    } = as(node, 'RangeTableFuncCol') ?? {}
    const value = for_ordinality === true ? noValue : unite(rows, valueIn(colexpr), valueIn(coldefexpr))
    return [column(colname, value, typeName(type))]
  })
  return newItem({
    name: alias?.aliasname ?? 'xmltable',
    columns: aliasColumns(resolution, columnsOf(list), alias, table.location),
  })
}

/** JSON_TABLE: each column is what stands at the row's path and its own. */
export function resolveJsonTable(resolution: Resolution, scope: Scope, table: JsonTable): ScopeItem {
  const { context_item, pathspec, passing = [], columns = [], alias } = table
  const valueIn = (node: Node | undefined): Value =>
    node === undefined ? noValue : resolution.expression(node, scope)
  const document = valueIn(context_item?.raw_expr)
  const passed = computed(unite(...passing.map((node) => valueIn(as(node, 'JsonArgument')?.val?.raw_expr))))
  const list: Column[] = []
  addColumns(columns, stepsOf(pathspec?.string))
  return newItem({
    name: alias?.aliasname ?? 'json_table',
    columns: aliasColumns(resolution, columnsOf(list), alias, table.location),
  })

  function addColumns(nodes: readonly Node[], row: readonly string[] | null): void {
    for (const node of nodes) {
      const one = as(node, 'JsonTableColumn')
      if (one === null) continue
      const { coltype, name = '', columns: nested = [] } = one
      const own = ownSteps(one)
      const path = row === null || own === null ? null : [...row, ...own]
      if (coltype === 'JTC_NESTED') addColumns(nested, path)
      else list.push(column(name, tableValue(one, path), typeName(one.typeName)))
    }
  }

  function tableValue(
    { coltype, on_empty, on_error }: JsonTableColumn,
    path: readonly string[] | null,
  ): Value {
    if (coltype === 'JTC_FOR_ORDINALITY') return noValue
    const taken =
      path === null
        ? unite(computed(document), passed)
        : inPath(document, path, coltype === 'JTC_EXISTS' ? 'computed' : 'kept')
    const instead = [on_empty?.expr, on_error?.expr].filter((node) => node !== undefined)
    return instead.length === 0 ? taken : unite(taken, ...instead.map((node) => computed(valueIn(node))))
  }
}

/** Without a path a column is the member of its name. */
function ownSteps({ pathspec, name = '' }: JsonTableColumn): readonly string[] | null {
  return pathspec === undefined ? [name] : stepsOf(pathspec.string)
}

function stepsOf(path: Node | undefined): readonly string[] | null {
  const text = constantOf(path)
  return typeof text === 'string' ? jsonPathSteps(text) : null
}
