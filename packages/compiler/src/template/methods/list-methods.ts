import { asInteger, bind } from '../evaluate/bind.ts'
import { charge, type Runtime } from '../evaluate/runtime.ts'
import { checkItems } from '../limits.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { equals } from '../values/equals.ts'
import { iterate } from '../values/iterate.ts'
import { order } from '../values/order.ts'
import { truthy } from '../values/truthy.ts'
import type { Arguments, Tuple, Value } from '../values/value.ts'
import type { Method } from './method.ts'

type ListMethod = (items: Value[], args: Arguments, runtime: Runtime) => Value

/** Python's list methods; those that change the list return None. */
export const listMethods: ReadonlyMap<string, Method> = methods<ListMethod>(
  {
    append(items, args) {
      const [item] = bind(args, 'append()', ['item'], 1)
      checkItems(items.length + 1)
      items.push(item!)
      return null
    },
    extend(items, args, runtime) {
      const [more] = bind(args, 'extend()', ['items'], 1)
      const added = [...iterate(more!)]
      charge(runtime, added.length)
      checkItems(items.length + added.length)
      for (const item of added) items.push(item)
      return null
    },
    insert(items, args) {
      const [index, item] = bind(args, 'insert()', ['index', 'item'], 2)
      checkItems(items.length + 1)
      items.splice(asInteger(index, 0), 0, item!)
      return null
    },
    pop(items, args) {
      const [index] = bind(args, 'pop()', ['index'])
      const at = asInteger(index, -1)
      const position = at < 0 ? items.length + at : at
      if (position < 0 || position >= items.length)
        throw new TemplateError('pop() from a place the list does not have')
      return items.splice(position, 1)[0]!
    },
    remove(items, args) {
      const [item] = bind(args, 'remove()', ['item'], 1)
      const index = items.findIndex((candidate) => equals(candidate, item!))
      if (index === -1) throw new TemplateError('remove() of an item that is not in the list')
      items.splice(index, 1)
      return null
    },
    clear(items, args) {
      bind(args, 'clear()', [])
      items.length = 0
      return null
    },
    copy(items, args) {
      bind(args, 'copy()', [])
      return [...items]
    },
    reverse(items, args) {
      bind(args, 'reverse()', [])
      items.reverse()
      return null
    },
    sort(items, args, runtime) {
      const [key, reverse] = bind(args, 'sort()', ['key', 'reverse'])
      charge(runtime, items.length * 8)
      const keyOf = (item: Value): Value =>
        key === undefined || key === null
          ? item
          : runtime.call(key, { positional: [item], keyword: new Map() })
      const sorted = items.map((item) => ({ item, key: keyOf(item) }))
      const sign = reverse !== undefined && truthy(reverse) ? -1 : 1
      sorted.sort((a, b) => sign * order(a.key, b.key))
      sorted.forEach(({ item }, index) => {
        items[index] = item
      })
      return null
    },
    index: indexOf,
    count: countOf,
  },
  (self) => self as Value[],
)

/** A tuple never changes, so it has only the methods that read. */
export const tupleMethods: ReadonlyMap<string, Method> = methods<
  (items: readonly Value[], args: Arguments) => Value
>({ index: indexOf, count: countOf }, (self) => (self as Tuple).items)

function indexOf(items: readonly Value[], args: Arguments): Value {
  const [item, start, stop] = bind(args, 'index()', ['item', 'start', 'stop'], 1)
  const first = asInteger(start, 0)
  const last = asInteger(stop, items.length)
  const index = items.findIndex((candidate, at) => at >= first && at < last && equals(candidate, item!))
  if (index === -1)
    throw typeError('index() of an item that is not in the list', 'Ask first: `{% if x in list %}`.')
  return index
}

function countOf(items: readonly Value[], args: Arguments): Value {
  const [item] = bind(args, 'count()', ['item'], 1)
  return items.filter((candidate) => equals(candidate, item!)).length
}

function methods<M extends (items: never, args: Arguments, runtime: Runtime) => Value>(
  table: { readonly [name: string]: M },
  itemsOf: (self: Value) => Parameters<M>[0],
): ReadonlyMap<string, Method> {
  return new Map(
    Object.entries(table).map(([name, method]): [string, Method] => [
      name,
      (self, args, runtime) => {
        const items = itemsOf(self)
        // All but append may go through the whole list, though quickly.
        if (name !== 'append') charge(runtime, (items as readonly Value[]).length >> 5)
        return method(items as never, args, runtime)
      },
    ]),
  )
}
