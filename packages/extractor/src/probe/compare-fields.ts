/** A field that some model reads. */
export interface AssumedField {
  /** `sponsor/name` */
  readonly path: string
  readonly reader: string
}

export interface FieldComparison {
  readonly assumed: number
  /** Read, and in none of the records that were seen; `near`: seen fields with much the same name. */
  readonly neverSeen: readonly {
    readonly path: string
    readonly readers: readonly string[]
    readonly near: readonly string[]
  }[]
  /** Seen fields that no one reads, neither by themselves nor with what they stand in. */
  readonly unused: number
}

/** Holds the fields that models read against those that occur. `seen`: as `EndpointFacts.fields`. */
export function compareFields(assumed: readonly AssumedField[], seen: readonly string[]): FieldComparison {
  const occurring = new Set(seen)
  const readers = new Map<string, Set<string>>()
  for (const { path, reader } of assumed) readers.set(path, (readers.get(path) ?? new Set()).add(reader))
  const read = [...readers.keys()].sort()
  const isRead = (field: string) =>
    read.some((path) => path === field || field.startsWith(`${path}/`) || path.startsWith(`${field}/`))
  return {
    assumed: read.length,
    neverSeen: read
      .filter((path) => !occurring.has(path))
      .map((path) => ({
        path,
        readers: [...readers.get(path)!].sort(),
        near: nearTo(path, seen).slice(0, 3),
      })),
    unused: seen.filter((field) => !isRead(field)).length,
  }
}

/** Written the same but for case and joints, or one within the other. Likest first. */
function nearTo(path: string, seen: readonly string[]): readonly string[] {
  const wanted = plain(path)
  return seen
    .map((field) => ({ field, rank: likeness(wanted, plain(field)) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
    .map(({ field }) => field)
}

function plain(path: string): string {
  return path.toLowerCase().replace(/[^a-z\d]/g, '')
}

function likeness(wanted: string, field: string): number {
  const [short, long] = wanted.length < field.length ? [wanted, field] : [field, wanted]
  const isNear = short === long || (short.length >= 4 && long.includes(short))
  return isNear ? long.length - short.length : Number.POSITIVE_INFINITY
}
