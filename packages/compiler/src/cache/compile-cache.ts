import { hash } from 'node:crypto'

/** Something that a result depends on: what kind of thing, which one, and a digest of what it was. */
export type Read = readonly [kind: string, key: string, found: string]

/** What was made, and what was looked up for it; null reads: it may be another one at any time. */
export interface Made<T> {
  readonly value: T
  readonly reads: readonly Read[] | null
}

/**
 * Results of an earlier compile, by what they were made of. A result is taken again where everything that was looked up for
 * it is as it was.
 */
export interface CompileCache {
  /** `inputs` are all that the result is made of, but for what it looks up on the way. */
  remember<T>(kind: string, inputs: readonly unknown[], make: () => Made<T>): T
  /** Says how the things of one kind are looked up now. */
  lookUp(kind: string, find: (key: string) => string): void
  /** The text to be kept; null where nothing in it is new. */
  toText(): string | null
  /** The result of this compile that was made of those inputs, kept or not. */
  resultOf(kind: string, inputs: readonly unknown[]): unknown
  /** All that the results of this compile looked up. */
  reads(): Iterable<Read>
  /** The inputs of the results that are another one at any time, by their kinds. */
  volatile(): readonly (readonly [kind: string, inputs: readonly unknown[]])[]
}

interface Entry {
  readonly value: unknown
  readonly reads: readonly Read[]
}

interface Kept {
  readonly environment: string
  readonly entries: { readonly [key: string]: Entry }
}

/** Opens what `toText` gave. A text of another environment, or one that cannot be read, is as none. */
export function openCache(text: string | null, environment: string): CompileCache {
  const kept = parse(text, environment)
  const used = new Map<string, Entry>()
  const finders = new Map<string, (key: string) => string>()
  const current = new Map<string, string>()
  const volatile = new Map<
    string,
    { readonly of: readonly [string, readonly unknown[]]; readonly value: unknown }
  >()
  let changed = false
  const keyOf = (kind: string, inputs: readonly unknown[]) =>
    `${kind} ${hash('md5', JSON.stringify(inputs), 'base64url')}`

  const isCurrent = ([kind, key, found]: Read): boolean => {
    const id = `${kind} ${key}`
    let now = current.get(id)
    if (now === undefined) {
      const find = finders.get(kind)
      if (find === undefined) return false
      now = digest(find(key))
      current.set(id, now)
    }
    return now === found
  }
  return {
    remember(kind, inputs, make) {
      const key = keyOf(kind, inputs)
      const entry = used.get(key) ?? (Object.hasOwn(kept, key) ? kept[key] : undefined)
      if (entry?.reads.every(isCurrent)) {
        used.set(key, entry)
        return entry.value as ReturnType<typeof make>['value']
      }
      const { value, reads } = make()
      if (reads !== null) {
        changed = true
        used.set(key, { value, reads })
      } else volatile.set(key, { of: [kind, inputs], value })
      return value
    },
    lookUp: (kind, find) => finders.set(kind, find),
    toText() {
      const same = !changed && used.size === Object.keys(kept).length
      return same ? null : JSON.stringify({ environment, entries: Object.fromEntries(used) })
    },
    resultOf(kind, inputs) {
      const key = keyOf(kind, inputs)
      return (used.get(key) ?? volatile.get(key))?.value
    },
    *reads() {
      for (const { reads } of used.values()) yield* reads
    },
    volatile: () => [...volatile.values()].map((one) => one.of),
  }
}

/** Short, stable, and enough to tell texts apart. */
export function digest(text: string): string {
  // What is looked up is looked up by many.
  if (text.length > 500) return hash('md5', text, 'base64url')
  let known = digests.get(text)
  if (known === undefined) {
    known = hash('md5', text, 'base64url')
    digests.set(text, known)
  }
  return known
}

const digests = new Map<string, string>()

function parse(text: string | null, environment: string): Kept['entries'] {
  if (text === null) return {}
  try {
    const kept = JSON.parse(text) as Kept
    return kept.environment === environment && typeof kept.entries === 'object' ? kept.entries : {}
  } catch {
    return {}
  }
}
