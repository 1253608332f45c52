import { asObject } from './previous-state.ts'

/**
 * A text by which JSON values can be compared: keys in order, what is empty left out, a list of one like the one, texts without
 * the space around them, for in these things tools and versions differ without meaning anything.
 */
export function comparable(value: unknown): string {
  return JSON.stringify(normal(value)) ?? 'null'
}

function normal(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').trim()
  if (Array.isArray(value)) {
    if (value.length === 1) return normal(value[0])
    return value.length === 0 ? undefined : value.map(normal)
  }
  const object = asObject(value)
  if (object === null) return value ?? undefined
  const members = Object.keys(object)
    .sort()
    .map((key) => [key, normal(object[key])] as const)
    .filter(([, member]) => member !== undefined)
  return members.length === 0 ? undefined : Object.fromEntries(members)
}
