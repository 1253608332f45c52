import { checkItems } from '../limits.ts'
import { hashKey } from './hash-key.ts'
import type { Dict, SetValue, Tuple, Value } from './value.ts'

export function tuple(items: readonly Value[]): Tuple {
  return { kind: 'tuple', items }
}

export function dict(pairs: Iterable<readonly [Value, Value]> = []): Dict {
  const result: Dict = { kind: 'dict', entries: new Map() }
  for (const [key, value] of pairs) setEntry(result, key, value)
  return result
}

/** As in Python, a key that is there keeps its place and its first form. */
export function setEntry(target: Dict, key: Value, value: Value): void {
  const hash = hashKey(key)
  const entry = target.entries.get(hash)
  if (entry !== undefined) entry[1] = value
  else {
    checkItems(target.entries.size + 1)
    target.entries.set(hash, [key, value])
  }
}

export function getEntry(target: Dict, key: Value): Value | undefined {
  return target.entries.get(hashKey(key))?.[1]
}

export function setOf(items: Iterable<Value>): SetValue {
  const entries = new Map<ReturnType<typeof hashKey>, Value>()
  for (const item of items) {
    const hash = hashKey(item)
    if (!entries.has(hash)) entries.set(hash, item)
  }
  checkItems(entries.size)
  return { kind: 'set', entries }
}
