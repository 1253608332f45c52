import type { A_Indirection, Node } from '@pgsql/types'
import { as, constantOf, namesIn } from './ast.ts'
import { expressionType } from './expression-type.ts'
import { functionColumns } from './function-columns.ts'
import { resolveField } from './resolve-column.ts'
import { gather, worseOf } from './use.ts'
import type { Standing, Walk } from './walk.ts'

/** `(row).field`, `array[1]`, `json['key']`. */
export function resolveIndirection(
  { arg, indirection = [] }: A_Indirection,
  walk: Walk,
  { role, path, fate }: Standing,
): void {
  const { resolution, scope, into, visit } = walk
  const [first] = indirection
  const field = as(first, 'String')?.sval
  const call = as(arg, 'FuncCall')
  const column = field === undefined ? null : resolveField(resolution, scope, arg, field)
  const rest = column === null ? indirection : indirection.slice(1)
  const type = column?.type ?? expressionType(resolution, scope, arg)
  const steps = subscriptSteps(rest, type)
  for (const node of rest) {
    const index = as(node, 'A_Indices')
    if (steps !== null || index === null) continue
    visit(index.lidx)
    visit(index.uidx)
  }
  if (column !== null) {
    if (steps === null) gather(into, column.value, role, [], 'computed')
    else gather(into, column.value, role, [...steps, ...path], fate)
  } else if (field !== undefined && indirection.length === 1 && call !== null) {
    const name = namesIn(call.funcname).at(-1) ?? ''
    const known = functionColumns(name)?.columns.find((one) => one.name === field)
    // `(jsonb_each(x)).value` takes out what the call alone would only compute.
    if (known?.path === undefined) visit(arg)
    else visit(call.args?.[0], { path: [...known.path, ...path], fate: worseOf(known.fate, fate) })
  } else if (steps === null) visit(arg)
  else visit(arg, { path: [...steps, ...path], fate })
}

/** Null where these are not constant steps into JSON: fields, slices, places in an array of SQL. */
function subscriptSteps(indirection: readonly Node[], type: string | null): readonly string[] | null {
  const steps: string[] = []
  let json = type === null ? indirection.length === 0 : type.startsWith('json')
  for (const node of indirection) {
    const index = as(node, 'A_Indices')
    const constant = index === null || index.is_slice === true ? null : constantOf(index.uidx)
    if (constant === null) return null
    if (typeof constant === 'string') json = true
    steps.push(typeof constant === 'number' ? `[${constant}]` : constant)
  }
  return json || indirection.length === 0 ? steps : null
}
