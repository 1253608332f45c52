import type { FuncCall, Node, WindowDef } from '@pgsql/types'
import { nearMisses } from '../project/near-misses.ts'
import { as, constantOf, namesIn } from './ast.ts'
import { arraySteps, textSteps } from './json-path.ts'
import type { Resolution } from './resolution.ts'
import { rowItem } from './resolve-column.ts'
import { windowParts } from './resolve-windows.ts'
import { columnOf } from './scope.ts'
import { typeNames } from './type-names.ts'
import { type Fate, worseOf } from './use.ts'
import type { Standing, Walk } from './walk.ts'

const ordered = new Set(['percentile_cont', 'percentile_disc', 'mode'])

/** A call of a function, an aggregate or a window function. */
export function resolveCall(call: FuncCall, walk: Walk, standing: Standing): void {
  const { args = [], agg_order = [], agg_within_group } = call
  const name = checkFunction(call, walk)
  const [first, ...rest] = args
  const steps = stepsOf(name, rest, call.func_variadic === true)
  if (steps === null) for (const arg of args) walk.visit(arg)
  else {
    walk.visit(first, { path: [...steps.path, ...standing.path], fate: worseOf(steps.fate, standing.fate) })
    for (const arg of rest) walk.visit(arg)
  }
  if (agg_within_group === true && ordered.has(name)) {
    for (const node of agg_order) walk.visit(as(node, 'SortBy')?.node)
    resolveAggregate({ ...call, agg_order: [] }, walk)
  } else resolveAggregate(call, walk)
}

/** FILTER, ORDER BY within and OVER of an aggregate. */
export function resolveAggregate(
  {
    agg_filter,
    agg_order = [],
    over,
  }: { readonly agg_filter?: Node; readonly agg_order?: readonly Node[]; readonly over?: WindowDef },
  walk: Walk,
): void {
  walk.visit(agg_filter, { role: 'condition' })
  resolveSort(agg_order, walk)
  if (over !== undefined) resolveWindow(over, walk)
}

function resolveSort(nodes: readonly Node[], { visit }: Walk): void {
  for (const node of nodes) visit(as(node, 'SortBy')?.node, { role: 'window' })
}

function resolveWindow({ name, refname, ...own }: WindowDef, walk: Walk): void {
  for (const node of windowParts(own)) walk.visit(node, { role: 'window' })
  const named = walk.scope.windows.get(name ?? refname ?? '')
  if (named !== undefined) walk.add(named, 'window')
}

/** What a function takes out of its first argument; null: it computes something of its arguments. */
function stepsOf(
  name: string,
  rest: readonly Node[],
  variadic: boolean,
): { readonly path: readonly string[]; readonly fate: Fate } | null {
  const plain = name.replace(/^jsonb/, 'json')
  switch (plain) {
    case 'json_extract_path':
    case 'json_extract_path_text': {
      const path = variadic ? arraySteps(rest[0]) : textSteps(rest.map(constantOf))
      return path === null ? null : { path, fate: 'kept' }
    }
    case 'json_array_elements':
    case 'json_array_elements_text':
      return { path: ['[]'], fate: 'kept' }
    case 'json_object_keys':
    case 'json_each':
    case 'json_each_text':
      return { path: ['[]'], fate: 'computed' }
    default:
      return null
  }
}

/** Reports a function that is not there; gives its name without schema. */
export function checkFunction(
  call: FuncCall,
  { resolution, scope }: Pick<Walk, 'resolution' | 'scope'>,
): string {
  const names = namesIn(call.funcname)
  const name = names.at(-1) ?? ''
  const { functions } = resolution
  if (functions === null || call.funcformat === 'COERCE_SQL_SYNTAX') return name
  const schema = names.length > 1 ? names.at(-2)! : null
  if (schema === null || schema === 'pg_catalog') {
    if (functions.bare.has(name.toLowerCase())) return name
    // A type called as a function is a cast, a column called as a function of its row is the column.
    if (call.args?.length === 1 && (typeNames.has(name) || isFieldOf(name, call.args[0]!))) return name
  } else if (schema === 'pg_temp' || functions.qualified.has(`${schema}.${name}`.toLowerCase())) return name
  const written = names.join('.')
  resolution.problems.report(
    'unknown_function',
    { location: call.location },
    written,
    `there is no function "${written}"`,
    nearFunctions(resolution, name, schema),
  )
  return name

  function isFieldOf(field: string, row: Node): boolean {
    const item = rowItem(scope, row)
    return item !== null && columnOf(item, field) !== null
  }
}

function nearFunctions({ functions }: Resolution, name: string, schema: string | null): readonly string[] {
  if (functions === null) return []
  // Names far from it in length cannot be near; there are thousands.
  const known = [...functions.bare].filter((one) => Math.abs(one.length - name.length) <= name.length / 2)
  const elsewhere = schema === null ? [] : [...functions.qualified].filter((one) => one.endsWith(`.${name}`))
  return elsewhere.length > 0 ? elsewhere : nearMisses(name, known)
}
