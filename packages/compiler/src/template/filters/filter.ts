import type { Runtime } from '../evaluate/runtime.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { iterate } from '../values/iterate.ts'
import type { Arguments, Value } from '../values/value.ts'

/** `value | name(args)` */
export type Filter = (value: Value, args: Arguments, runtime: Runtime) => Value

export type FilterTable = { readonly [name: string]: Filter }

/** `'a.b.0'`, an index, or undefined for the item itself. */
export type AttributePath = readonly (string | number)[]

export function attributePath(value: Value | undefined): AttributePath {
  if (value === undefined || value === null) return []
  if (typeof value === 'number') return [value]
  return String(value)
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/** What the path leads to in an item; where something is missing, an undefined value or the default. */
export function readPath(runtime: Runtime, item: Value, path: AttributePath, fallback?: Value): Value {
  let value = item
  for (const part of path) {
    value = runtime.subscript(value, part)
    if (fallback !== undefined && isUndefined(value)) return fallback
  }
  return value
}

/** The items of a filter's input, counted as steps. */
export function itemsOf(value: Value, runtime: Runtime): readonly Value[] {
  const items = iterate(value)
  runtime.steps += items.length
  return items
}

/** How `sort`, `unique`, `min`, `max` and `groupby` see an item: text without regard to case, unless told to. */
export function foldCase(value: Value, caseSensitive: boolean): Value {
  return typeof value === 'string' && !caseSensitive ? value.toLowerCase() : value
}
