import {
  dict,
  type HostObject,
  hostFunction,
  hostObject,
  print,
  tuple,
  type Value,
} from '../template/index.ts'
import { bindArguments } from './bind-arguments.ts'

export interface MappedSequence {
  /** `Row`, `Column` */
  readonly type: string
  readonly keys: readonly Value[] | null
  readonly values: () => readonly Value[]
  readonly attributes?: { readonly [name: string]: () => Value }
}

/** A sequence whose items can be asked for by place or by key: rows, columns, and lists of them. */
export function mappedSequence({ type, keys, values, attributes = {} }: MappedSequence): HostObject {
  const find = (key: Value): Value | undefined => {
    const all = values()
    if (typeof key === 'number') return all.at(key)
    const index = keys?.indexOf(key) ?? -1
    return index === -1 ? undefined : all[index]
  }
  const pairs = (): [Value, Value][] => (keys ?? []).map((key, index) => [key, values()[index] ?? null])
  const known: ReadonlyMap<string, () => Value> = new Map([
    ...Object.entries(attributes),
    ['values', () => hostFunction('values', () => tuple(values()))],
    ['keys', () => hostFunction('keys', () => (keys === null ? null : tuple(keys)))],
    ['items', () => hostFunction('items', () => tuple(pairs().map((pair) => tuple(pair))))],
    ['dict', () => hostFunction('dict', () => dict(pairs()))],
    [
      'get',
      () =>
        hostFunction('get', (args) => {
          const [key, fallback] = bindArguments(args, `${type}.get`, ['key', 'default'], 1)
          return (typeof key === 'string' ? find(key) : undefined) ?? fallback ?? null
        }),
    ],
  ])
  return hostObject({
    type,
    attribute: (name) => known.get(name)?.(),
    names: () => [...known.keys(), ...(keys ?? []).map(print)],
    item: find,
    iterate: values,
    truthy: () => values().length > 0,
    text: () =>
      `<agate.${type}: (${print(values().slice(0, 5)).slice(1, -1)}${values().length > 5 ? ', ...' : ''})>`,
  })
}
