import { bind } from '../evaluate/bind.ts'
import { charge, type Runtime } from '../evaluate/runtime.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { dict, getEntry, setEntry, tuple } from '../values/collections.ts'
import { given } from '../values/given.ts'
import { hashKey } from '../values/hash-key.ts'
import { iterate, pairs } from '../values/iterate.ts'
import { repr } from '../values/print.ts'
import type { Arguments, Dict, Value } from '../values/value.ts'
import type { Method } from './method.ts'

type DictMethod = (self: Dict, args: Arguments, runtime: Runtime) => Value

const table: { readonly [name: string]: DictMethod } = {
  get(self, args) {
    const [key, fallback] = bind(args, 'get()', ['key', 'default'], 1)
    return given(getEntry(self, key!), () => fallback ?? null)
  },
  keys(self, args, runtime) {
    bind(args, 'keys()', [])
    charge(runtime, self.entries.size)
    return Array.from(self.entries.values(), (entry) => entry[0])
  },
  values(self, args, runtime) {
    bind(args, 'values()', [])
    charge(runtime, self.entries.size)
    return Array.from(self.entries.values(), (entry) => entry[1])
  },
  items(self, args, runtime) {
    bind(args, 'items()', [])
    charge(runtime, self.entries.size)
    return pairs(self)
  },
  update(self, args, runtime) {
    const [other] = bind({ positional: args.positional, keyword: new Map() }, 'update()', ['other'])
    const added = other === undefined ? [] : pairsOf(other)
    charge(runtime, added.length)
    for (const [key, value] of added) setEntry(self, key, value)
    for (const [name, value] of args.keyword) setEntry(self, name, value)
    return null
  },
  setdefault(self, args) {
    const [key, fallback] = bind(args, 'setdefault()', ['key', 'default'], 1)
    const present = getEntry(self, key!)
    if (present !== undefined) return present
    setEntry(self, key!, fallback ?? null)
    return fallback ?? null
  },
  pop(self, args) {
    const [key, fallback] = bind(args, 'pop()', ['key', 'default'], 1)
    const present = getEntry(self, key!)
    if (present === undefined) {
      if (fallback !== undefined) return fallback
      throw new TemplateError(`pop() of the key ${repr(key!)}, which is not in the dict`, {
        hint: 'Give a default: `pop(key, none)`.',
      })
    }
    self.entries.delete(hashKey(key!))
    return present
  },
  popitem(self, args) {
    bind(args, 'popitem()', [])
    const last = [...self.entries].at(-1)
    if (last === undefined) throw new TemplateError('popitem() of an empty dict')
    self.entries.delete(last[0])
    return tuple(last[1])
  },
  clear(self, args) {
    bind(args, 'clear()', [])
    self.entries.clear()
    return null
  },
  copy(self, args, runtime) {
    bind(args, 'copy()', [])
    charge(runtime, self.entries.size)
    return dict([...self.entries.values()])
  },
  fromkeys(_self, args) {
    const [keys, value] = bind(args, 'fromkeys()', ['keys', 'value'], 1)
    return dict(iterate(keys!).map((key) => [key, value ?? null]))
  },
}

/** Python's dict methods; keys, values and items are lists here. */
export const dictMethods: ReadonlyMap<string, Method> = new Map(
  Object.entries(table).map(([name, method]): [string, Method] => [
    name,
    (self, args, runtime) => method(self as Dict, args, runtime),
  ]),
)

/** What `dict()` and `update()` take: a dict, or (key, value) pairs. */
export function pairsOf(value: Value): [Value, Value][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict') {
    return Array.from(value.entries.values(), ([key, item]) => [key, item])
  }
  return iterate(value).map((pair) => {
    const items = iterate(pair)
    if (items.length !== 2) throw typeError('a dict is made of pairs of a key and a value')
    return [items[0]!, items[1]!]
  })
}
