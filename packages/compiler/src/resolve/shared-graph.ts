import {
  type Dict,
  dict,
  getEntry,
  type HostArguments,
  type HostObject,
  hostFunction,
  hostObject,
  print,
  setEntry,
  TemplateError,
  tuple,
  type Value,
} from '../template/index.ts'
import { AskSignal } from './ask.ts'

/** `graph`: what the manifest has, and what templates put beside it for others of the same run, as packages do to keep a cache. */
export interface SharedGraph {
  readonly value: HostObject
  /**
   * Renders something at its step, where what is beside the manifest may be looked at and changed. What was changed by a
   * render that stops at a question is as it was: it will be rendered again.
   */
  attempt<T>(render: () => T): T
}

/**
 * Until its step, what looks beside the manifest or puts something there stops as if it asked the database: what others put there
 * before it is known only then.
 */
export function sharedGraph(manifest: Dict): SharedGraph {
  const own = new Set(manifest.entries.keys())
  let isOpen = false
  const lateOnly = () => {
    if (!isOpen) throw new AskSignal({ sql: '' })
  }
  const find = (key: Value): Value | undefined => {
    const known = getEntry(manifest, key)
    if (known === undefined) lateOnly()
    return known
  }
  const put = (key: Value, value: Value): Value => {
    lateOnly()
    setEntry(manifest, key, value)
    return value
  }
  const methods: { readonly [name: string]: (args: HostArguments) => Value } = {
    get: ({ positional: [key, otherwise] }) => find(key ?? null) ?? otherwise ?? null,
    setdefault: ({ positional: [key, otherwise] }) =>
      find(key ?? null) ?? put(key ?? null, otherwise ?? null),
    update({ positional: [more], keyword }) {
      if (isDict(more)) for (const [key, value] of more.entries.values()) put(key, value)
      for (const [key, value] of keyword) put(key, value)
      return null
    },
    pop({ positional: [key, otherwise] }) {
      lateOnly()
      const hash = [...manifest.entries].find(([, [one]]) => one === key)?.[0]
      const value = find(key ?? null) ?? otherwise
      if (hash !== undefined && !own.has(hash)) manifest.entries.delete(hash)
      if (value !== undefined) return value
      throw new TemplateError(`graph has no key ${print(key ?? null)}`)
    },
    keys: () => [...manifest.entries.values()].map(([key]) => key),
    values: () => [...manifest.entries.values()].map(([, value]) => value),
    items: () => [...manifest.entries.values()].map(([key, value]) => tuple([key, value])),
  }
  const value = hostObject({
    type: 'graph',
    mapping: true,
    attributes: Object.fromEntries(
      Object.entries(methods).map(([name, call]) => [name, hostFunction(name, call)]),
    ),
    attribute: find,
    item: find,
    names: () => [...manifest.entries.values()].map(([key]) => print(key)),
    iterate() {
      lateOnly()
      return [...manifest.entries.values()].map(([key]) => key)
    },
  })
  return {
    value,
    attempt(render) {
      const beside = [...manifest.entries].filter(([hash]) => !own.has(hash))
      const before = beside.map(([hash, [key, kept]]) => [hash, [key, copied(kept)]] as const)
      isOpen = true
      try {
        return render()
      } catch (signal) {
        if (signal instanceof AskSignal) {
          for (const hash of [...manifest.entries.keys()]) if (!own.has(hash)) manifest.entries.delete(hash)
          for (const [hash, [key, kept]] of before) manifest.entries.set(hash, [key, kept])
        }
        throw signal
      } finally {
        isOpen = false
      }
    },
  }
}

function copied(value: Value): Value {
  if (Array.isArray(value)) return value.map(copied)
  if (isDict(value)) return dict([...value.entries.values()].map(([key, item]) => [key, copied(item)]))
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'set')
    return { kind: 'set', entries: new Map(value.entries) }
  return value
}

function isDict(value: Value | undefined): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict'
}
