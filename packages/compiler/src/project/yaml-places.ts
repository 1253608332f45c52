/** The way to a value in a YAML document: keys and indexes from the root. */
export type YamlPath = readonly (string | number)[]

/** Where the keys and values of a document's collections stand, as offsets in its text. */
export interface YamlPlaces {
  /** Where the root value begins. */
  readonly root: number
  /** For a mapping: key, offset of the key, offset of the value, and so on. For a sequence: the offset of each item. */
  readonly of: ReadonlyMap<object, readonly (string | number)[]>
}

export interface YamlPlace {
  readonly value: number
  /** Of an item of a sequence: the same as `value`. */
  readonly key: number
}

/** The place of what stands at `path`, or of the nearest parent of it that exists. */
export function findPlace(root: unknown, places: YamlPlaces, path: YamlPath): YamlPlace {
  let place: YamlPlace = { value: places.root, key: places.root }
  let current = root
  for (const part of path) {
    if (typeof current !== 'object' || current === null) break
    const offsets = places.of.get(current)
    if (offsets === undefined) break
    if (Array.isArray(current)) {
      const at = typeof part === 'number' ? offsets[part] : undefined
      if (at === undefined) break
      place = { value: at as number, key: at as number }
      current = current[part as number]
    } else {
      const index = keyIndex(offsets, String(part))
      if (index === -1) break
      place = { key: offsets[index + 1] as number, value: offsets[index + 2] as number }
      current = (current as Record<string, unknown>)[String(part)]
    }
  }
  return place
}

/** The last one: it is the one that counts where a key stands twice. */
function keyIndex(offsets: readonly (string | number)[], key: string): number {
  for (let index = offsets.length - 3; index >= 0; index -= 3) if (offsets[index] === key) return index
  return -1
}
