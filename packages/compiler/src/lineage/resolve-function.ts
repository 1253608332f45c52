import type { FuncCall, Node, RangeFunction } from '@pgsql/types'
import { aliasColumns } from './alias-columns.ts'
import { as, itemsOf, namesIn } from './ast.ts'
import {
  type Column,
  type Columns,
  column,
  columnsOf,
  isComplete,
  type OpenSource,
  unknownSource,
} from './columns.ts'
import { expressionType } from './expression-type.ts'
import { functionColumns, plainValue } from './function-columns.ts'
import { outputName } from './output-name.ts'
import type { Resolution } from './resolution.ts'
import { checkFunction } from './resolve-call.ts'
import { newItem, type Scope, type ScopeItem } from './scope.ts'
import { isPlainArray, typeName } from './type-names.ts'
import { computed, inPath, noValue, unite, type Value } from './use.ts'

/** Functions in FROM, one or several side by side (ROWS FROM). */
export function resolveFunction(resolution: Resolution, scope: Scope, range: RangeFunction): ScopeItem {
  const { functions = [], alias, coldeflist, ordinality } = range
  const list: Column[] = []
  const open: OpenSource[] = []
  const several = functions.length > 1
  let scalar = false
  let name = alias?.aliasname
  for (const entry of functions) {
    const [node, definitions] = itemsOf(entry)
    if (node === undefined) continue
    const own = outputName({ val: node })
    name ??= own
    const called = several ? own : name
    const yielded = yieldsOf(resolution, scope, node, coldeflist ?? itemsOf(definitions), called)
    scalar = yielded.scalar
    list.push(...yielded.columns.list)
    open.push(...yielded.columns.open)
  }
  const names = namesIn(alias?.colnames)
  const item = { name: name ?? '', scalar: scalar && !several && ordinality !== true }
  if (!isComplete({ open }) && names.length > 0) {
    const value = unite(...open.map((one) => one.value))
    return newItem({
      ...item,
      columns: columnsOf(
        names.map((one) => column(one, value)),
        open,
      ),
    })
  }
  // Numbers of rows come from nowhere.
  if (ordinality === true) list.push(column('ordinality', noValue, 'bigint'))
  return newItem({ ...item, columns: aliasColumns(resolution, columnsOf(list, open), alias, undefined) })
}

interface Yielded {
  readonly columns: Columns
  readonly scalar: boolean
}

/** The columns of one function; `called` is the name of one that it does not name itself. */
function yieldsOf(
  resolution: Resolution,
  scope: Scope,
  node: Node,
  definitions: readonly Node[],
  called: string,
): Yielded {
  const call = as(node, 'FuncCall')
  if (call === null) {
    const value = resolution.expression(node, scope)
    return { columns: columnsOf([column(called, value)]), scalar: true }
  }
  const name = checkFunction(call, { resolution, scope })
  const args = (call.args ?? []).map((arg) => resolution.expression(arg, scope))
  const whole = computed(unite(...args))
  if (definitions.length > 0)
    return { columns: definedColumns(name, definitions, args, whole), scalar: false }
  if (name === 'unnest') {
    const many = args.length > 1
    const list = args.map((arg) => column(many ? name : called, computed(arg)))
    const types = (call.args ?? []).map((arg) => expressionType(resolution, scope, arg))
    // The elements may be rows.
    const rows = {
      ...unknownSource,
      value: whole,
      improbable: types.every((type) => type === null || isPlainArray(type)),
    }
    return {
      columns: columnsOf(list, types.every(isPlainArray) ? [] : [rows]),
      scalar: !many,
    }
  }
  const populated = populatedColumns(resolution, name, call, args)
  if (populated !== null) return { columns: populated, scalar: false }
  const known = functionColumns(name) ?? (isPlainBuiltin(resolution, call, name) ? plainValue : null)
  if (known === null)
    return {
      columns: columnsOf([column(called, whole)], [{ ...unknownSource, value: whole }]),
      scalar: false,
    }
  const columns = known.columns.map((one) =>
    column(
      one.name ?? called,
      one.path === undefined ? whole : inPath(args[0] ?? noValue, one.path, one.fate),
    ),
  )
  return { columns: columnsOf(columns), scalar: known.scalar }
}

/** Functions of Postgres yield values, but those that are listed, and those that tell of the server. */
function isPlainBuiltin({ functions }: Resolution, { funcname = [] }: FuncCall, name: string): boolean {
  return funcname.length === 1 && !name.startsWith('pg_') && functions?.qualified.has(name) === true
}

/** `as r(a int, b text)`: of functions of JSON the members of these names. */
function definedColumns(
  name: string,
  definitions: readonly Node[],
  args: readonly Value[],
  whole: Value,
): Columns {
  const from = jsonArgument(name)
  const list = definitions.flatMap((node) => {
    const definition = as(node, 'ColumnDef')
    if (definition === null) return []
    const { colname = '' } = definition
    const value = from === null ? whole : inPath(args[from.argument] ?? noValue, [...from.path, colname])
    return [column(colname, value, typeName(definition.typeName))]
  })
  return columnsOf(list)
}

/** `jsonb_populate_record(null::s.t, x)`: the columns of `t`. Null: it is another function. */
function populatedColumns(
  { find }: Resolution,
  name: string,
  call: FuncCall,
  args: readonly Value[],
): Columns | null {
  const from = jsonArgument(name)
  if (from === null) return null
  const names = namesIn(as(call.args?.[0], 'TypeCast')?.typeName?.names)
  const type = names.at(-1)
  const found = type === undefined ? null : find({ schema: names.at(-2) ?? null, name: type })
  const value = args[from.argument] ?? noValue
  if (found === null || found.columns === null)
    return columnsOf([], [{ ...unknownSource, value: computed(value) }])
  return columnsOf(
    found.columns.map((one) => column(one.name, inPath(value, [...from.path, one.name]), one.type)),
  )
}

/** Which argument of a function that makes rows of JSON is the JSON, and where its rows stand in it. */
function jsonArgument(name: string): { readonly argument: number; readonly path: readonly string[] } | null {
  const match = /^jsonb?_(to|populate)_record(set)?$/.exec(name)
  if (match === null) return null
  return { argument: match[1] === 'to' ? 0 : 1, path: match[2] === undefined ? [] : ['[]'] }
}
