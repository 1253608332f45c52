import { bind } from '../evaluate/bind.ts'
import { checkItems } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import { setOf } from '../values/collections.ts'
import { hashKey } from '../values/hash-key.ts'
import { iterate } from '../values/iterate.ts'
import type { Arguments, SetValue, Value } from '../values/value.ts'
import type { Method } from './method.ts'

type SetMethod = (self: SetValue, args: Arguments) => Value

const table: { readonly [name: string]: SetMethod } = {
  add(self, args) {
    const [item] = bind(args, 'add()', ['item'], 1)
    add(self, item!)
    return null
  },
  update(self, args) {
    for (const items of args.positional) for (const item of iterate(items)) add(self, item)
    return null
  },
  discard(self, args) {
    const [item] = bind(args, 'discard()', ['item'], 1)
    self.entries.delete(hashKey(item!))
    return null
  },
  remove(self, args) {
    const [item] = bind(args, 'remove()', ['item'], 1)
    if (!self.entries.delete(hashKey(item!)))
      throw new TemplateError('remove() of an item that is not in the set')
    return null
  },
  pop(self, args) {
    bind(args, 'pop()', [])
    for (const [key, item] of self.entries) {
      self.entries.delete(key)
      return item
    }
    throw new TemplateError('pop() of an empty set')
  },
  clear(self, args) {
    bind(args, 'clear()', [])
    self.entries.clear()
    return null
  },
  copy(self, args) {
    bind(args, 'copy()', [])
    return setOf(self.entries.values())
  },
  union: (self, args) =>
    setOf([...self.entries.values(), ...args.positional.flatMap((other) => [...iterate(other)])]),
  intersection(self, args) {
    const others = args.positional.map((other) => setOf(iterate(other)))
    return keep(self, (key) => others.every((other) => other.entries.has(key)))
  },
  difference(self, args) {
    const others = args.positional.map((other) => setOf(iterate(other)))
    return keep(self, (key) => !others.some((other) => other.entries.has(key)))
  },
  symmetric_difference(self, args) {
    const [items] = bind(args, 'symmetric_difference()', ['other'], 1)
    const other = setOf(iterate(items!))
    const mine = keep(self, (key) => !other.entries.has(key))
    return setOf([...mine.entries.values(), ...keep(other, (key) => !self.entries.has(key)).entries.values()])
  },
  difference_update: (self, args) => become(self, table['difference']!(self, args)),
  intersection_update: (self, args) => become(self, table['intersection']!(self, args)),
  symmetric_difference_update: (self, args) => become(self, table['symmetric_difference']!(self, args)),
  issubset(self, args) {
    const [items] = bind(args, 'issubset()', ['other'], 1)
    const other = setOf(iterate(items!))
    return [...self.entries.keys()].every((key) => other.entries.has(key))
  },
  issuperset(self, args) {
    const [items] = bind(args, 'issuperset()', ['other'], 1)
    return iterate(items!).every((item) => self.entries.has(hashKey(item)))
  },
  isdisjoint(self, args) {
    const [items] = bind(args, 'isdisjoint()', ['other'], 1)
    return !iterate(items!).some((item) => self.entries.has(hashKey(item)))
  },
}

/** Python's set methods. Sets keep the order in which items came, so that rendering stays deterministic. */
export const setMethods: ReadonlyMap<string, Method> = new Map(
  Object.entries(table).map(([name, method]): [string, Method] => [
    name,
    (self, args) => method(self as SetValue, args),
  ]),
)

function add(self: SetValue, item: Value): void {
  const key = hashKey(item)
  if (self.entries.has(key)) return
  checkItems(self.entries.size + 1)
  self.entries.set(key, item)
}

function become(self: SetValue, other: Value): null {
  const items = [...(other as SetValue).entries]
  self.entries.clear()
  for (const [key, item] of items) self.entries.set(key, item)
  return null
}

function keep(self: SetValue, holds: (key: ReturnType<typeof hashKey>) => boolean): SetValue {
  return { kind: 'set', entries: new Map([...self.entries].filter(([key]) => holds(key))) }
}
