import { hostFunction, hostObject, print, type TemplateContext, type Value } from '../template/index.ts'

/**
 * `context`: every name that the template sees, by its name. What a macro adds to it is seen by others of the same render that look
 * there, and does not become a name.
 */
export function contextValue(context: TemplateContext, added: Map<string, Value>): Value {
  const find = (name: Value | undefined) =>
    typeof name === 'string' ? (added.get(name) ?? context.get(name)) : undefined
  return hostObject({
    type: 'context',
    mapping: true,
    attribute: find,
    item: find,
    names: () => context.keys(),
    attributes: {
      get: hostFunction('get', ({ positional }) => find(positional[0]) ?? positional[1] ?? null),
      keys: hostFunction('keys', () => [...context.keys(), ...added.keys()]),
      update: hostFunction('update', ({ positional: [more], keyword }) => {
        if (typeof more === 'object' && more !== null && !Array.isArray(more) && more.kind === 'dict')
          for (const [key, value] of more.entries.values()) added.set(print(key), value)
        for (const [key, value] of keyword) added.set(key, value)
        return null
      }),
    },
  })
}
