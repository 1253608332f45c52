import type { ResTarget } from '@pgsql/types'
import { as, hasStar, namesIn } from './ast.ts'
import { type Column, column, columnsOf, columnValue, type OpenSource, unknownSource } from './columns.ts'
import { functionColumns } from './function-columns.ts'
import { outputName } from './output-name.ts'
import type { Resolution } from './resolution.ts'
import { findItem, resolveColumn, rowItem } from './resolve-column.ts'
import type { Scope, ScopeItem } from './scope.ts'
import { inPath } from './use.ts'

/** A column of a select list. */
export interface Output {
  readonly column: Column
  /** As it is written; null: a star stands for it, or a set operation puts it together. */
  readonly target: ResTarget | null
  /** Where it is nothing but a column: which. */
  readonly same?: Column
}

export interface Outputs {
  readonly outputs: readonly Output[]
  readonly open: readonly OpenSource[]
}

/** The select list, stars written out. */
export function resolveOutputs(resolution: Resolution, scope: Scope, targets: readonly ResTarget[]): Outputs {
  const outputs: Output[] = []
  const open: OpenSource[] = []
  const star = ({ columns }: Pick<ScopeItem, 'columns'>, location: number | undefined): void => {
    for (const one of columns.list) {
      if (one.hidden === true) continue
      outputs.push({
        column: { ...one, value: columnValue(one), location: one.location ?? location },
        target: null,
        same: one,
      })
    }
    open.push(...columns.open)
  }
  for (const target of targets) {
    const starred = starOf(resolution, scope, target)
    if (starred !== null) for (const item of starred) star(item, target.location)
    else outputs.push(plainOutput(resolution, scope, target))
  }
  return { outputs, open }
}

/** What a star stands for; null: the target is none. */
function starOf(
  resolution: Resolution,
  scope: Scope,
  { val }: ResTarget,
): readonly Pick<ScopeItem, 'columns'>[] | null {
  const fields = as(val, 'ColumnRef')?.fields
  if (hasStar(fields)) {
    const names = namesIn(fields)
    if (names.length === 0) return scope.items.filter((item) => item.byColumn)
    const item = findItem(resolution, scope, names, as(val, 'ColumnRef')?.location)
    return [item ?? { columns: columnsOf([], [unknownSource]) }]
  }
  const indirection = as(val, 'A_Indirection')
  const last = indirection?.indirection?.at(-1)
  if (indirection === null || last === undefined || !('A_Star' in last)) return null
  const item = indirection.indirection?.length === 1 ? rowItem(scope, indirection.arg) : null
  if (item !== null) return [item]
  const value = resolution.expression(val!, scope)
  const call = as(indirection.arg, 'FuncCall')
  const known = call === null ? null : functionColumns(namesIn(call.funcname).at(-1) ?? '')
  if (known === null || known.scalar || indirection.indirection?.length !== 1)
    return [{ columns: columnsOf([], [{ ...unknownSource, value }]) }]
  const argument = call?.args?.[0]
  const from = argument === undefined ? value : resolution.expression(argument, scope)
  return [
    {
      columns: columnsOf(
        known.columns.map((one) =>
          column(one.name ?? '', one.path === undefined ? value : inPath(from, one.path, one.fate)),
        ),
      ),
    },
  ]
}

function plainOutput(resolution: Resolution, scope: Scope, target: ResTarget): Output {
  const name = outputName(target)
  const ref = as(target.val, 'ColumnRef')
  if (ref !== null) {
    const found = resolveColumn(resolution, scope, ref)
    const output = { column: { ...column(name, found.value, found.type), location: target.location }, target }
    return found.column === null ? output : { ...output, same: found.column }
  }
  const value = target.val === undefined ? undefined : resolution.expression(target.val, scope)
  const made = column(name, value ?? { direct: [], condition: [], window: [] })
  return { column: { ...made, location: target.location }, target }
}
