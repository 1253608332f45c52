/** A 32-bit number that stands for one record, or one aspect of it. All that is random about it is drawn from here. */
export type Key = number

/** The key of a part of what `key` stands for. Different parts of one key never share a key. */
export function deriveKey(key: Key, part: number): Key {
  return mix(key ^ Math.imul(part, 0x9e3779b1))
}

/** In [0, 1), the same for the same key and salt. */
export function drawUnit(key: Key, salt: number): number {
  return (deriveKey(key, salt) >>> 0) / 0x1_0000_0000
}

/** A whole number from `low` to `high`, both included. */
export function drawInteger(key: Key, salt: number, low: number, high: number): number {
  return low + Math.floor(drawUnit(key, salt) * (high - low + 1))
}

/** True in `share` of all keys. */
export function drawChance(key: Key, salt: number, share: number): boolean {
  return drawUnit(key, salt) < share
}

export function drawItem<T>(key: Key, salt: number, items: readonly T[]): T {
  return items[Math.floor(drawUnit(key, salt) * items.length)] as T
}

/** The finalizer of MurmurHash3: a bijection on 32 bits, which is why derived keys cannot collide. */
function mix(value: number): number {
  let hash = (value + 0x6d2b79f5) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
