import { methodOf } from '../evaluate/attribute-of.ts'
import { bind } from '../evaluate/bind.ts'
import { undefinedValue } from '../evaluate/runtime.ts'
import { toJsonText } from '../globals/json-text.ts'
import { given } from '../values/given.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { Value } from '../values/value.ts'
import type { Filter, FilterTable } from './filter.ts'
import { numberFilters } from './number-filters.ts'
import { selectionFilters } from './selection-filters.ts'
import { sequenceFilters } from './sequence-filters.ts'
import { textFilters } from './text-filters.ts'

const generalFilters: FilterTable = {
  default: orDefault,
  d: orDefault,
  attr: (value, args, runtime) => {
    const [name] = bind(args, 'attr', ['name'], 1)
    // Unlike a dot, this does not look among the items of a dict.
    const dict = typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict'
    if (!dict || methodOf(value, print(name!)) !== undefined) return runtime.attribute(value, print(name!))
    return undefinedValue(runtime, `this dict has no attribute "${print(name!)}"`)
  },
  tojson: (value, args) => {
    const [indent] = bind(args, 'tojson', ['indent'])
    const text = toJsonText(value, { sortKeys: true, indent: typeof indent === 'number' ? indent : null })
    return text.replace(/[<>&']/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  },
  is_list: (value) => Array.isArray(value),
  // dbt's markers for properties files: plain values pass through them.
  as_text: (value) => value,
  as_bool: (value) => value,
  as_native: (value) => value,
  as_number: (value) => value,
}

/** Every filter by its name: Jinja's own without `urlize`, and dbt's. */
export const filters: ReadonlyMap<string, Filter> = new Map(
  [textFilters, numberFilters, sequenceFilters, selectionFilters, generalFilters].flatMap((table) =>
    Object.entries(table),
  ),
)

function orDefault(value: Value, args: Parameters<Filter>[1]): Value {
  const [fallback, boolean] = bind(args, 'default', ['default_value', 'boolean'])
  const useIt = isUndefined(value) || (boolean !== undefined && truthy(boolean) && !truthy(value))
  return useIt ? given(fallback, () => '') : value
}
