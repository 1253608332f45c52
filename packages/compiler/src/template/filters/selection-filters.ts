import { bind } from '../evaluate/bind.ts'
import { noKeywords, type Runtime } from '../evaluate/runtime.ts'
import { TemplateError } from '../template-error.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { Arguments, Value } from '../values/value.ts'
import { attributePath, type FilterTable, itemsOf, readPath } from './filter.ts'

/** Jinja's filters that take the name of a filter or test, or an attribute, and go through a list with it. */
export const selectionFilters: FilterTable = {
  map: (value, args, runtime) => {
    const items = someItems(value, runtime)
    const [name, ...rest] = args.positional
    if (name === undefined) {
      const [attribute, fallback] = bind(args, 'map', ['attribute', 'default'], 1)
      const path = attributePath(attribute)
      return items.map((item) => readPath(runtime, item, path, fallback))
    }
    const passed: Arguments = { positional: rest, keyword: args.keyword }
    return items.map((item) => runtime.applyFilter(print(name), item, passed))
  },
  select: (value, args, runtime) => choose(value, args, runtime, false, true),
  reject: (value, args, runtime) => choose(value, args, runtime, false, false),
  selectattr: (value, args, runtime) => choose(value, args, runtime, true, true),
  rejectattr: (value, args, runtime) => choose(value, args, runtime, true, false),
}

function choose(value: Value, args: Arguments, runtime: Runtime, byAttribute: boolean, keep: boolean): Value {
  const attribute = byAttribute ? args.positional[0] : undefined
  const [test, ...rest] = byAttribute ? args.positional.slice(1) : args.positional
  if (byAttribute && attribute === undefined) {
    throw new TemplateError('the name of an attribute is missing', { code: 'TEMPLATE_ARGUMENTS' })
  }
  const path = attributePath(attribute)
  const passed: Arguments = { positional: rest, keyword: args.keyword.size === 0 ? noKeywords : args.keyword }
  return someItems(value, runtime).filter((item) => {
    const subject = readPath(runtime, item, path)
    const holds = test === undefined ? truthy(subject) : runtime.applyTest(print(test), subject, passed)
    return holds === keep
  })
}

/** These filters take anything that is false for an empty list. */
function someItems(value: Value, runtime: Runtime): readonly Value[] {
  return truthy(value) || isUndefined(value) ? itemsOf(value, runtime) : []
}
