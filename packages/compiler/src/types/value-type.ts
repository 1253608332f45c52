/** What the catalog says of a type that is not one of Postgres's own. */
export type NamedType =
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  /** `base`: as `format_type` prints it. */
  | { readonly kind: 'domain'; readonly base: string }
  /** Arrives as text, as Postgres writes it. */
  | { readonly kind: 'other' }

/** The named types that the columns of some relations have, by their names as `format_type` prints them. */
export type NamedTypes = ReadonlyMap<string, NamedType>

/**
 * The TypeScript type of a value that is not null, as node-postgres gives it with the parsers that it comes with. `type`: as
 * `format_type` prints it; null: not known.
 */
export function valueType(type: string | null, named: NamedTypes): string {
  if (type === null) return 'unknown'
  const bare = withoutModifier(type)
  const element = /^(.*?)(?:\[\])+$/s.exec(bare)?.[1]
  if (element !== undefined) {
    const parsed = ofArrays.get(element)
    // An array whose parser is not known arrives as Postgres writes it: '{a,b}'.
    return parsed === undefined ? 'string' : `(${parsed} | null)[]`
  }
  const own = ofValues.get(bare)
  if (own !== undefined) return own
  const found = named.get(bare)
  if (found === undefined) return 'unknown'
  if (found.kind === 'domain') return valueType(found.base, named)
  if (found.kind === 'other' || found.labels.length === 0) return 'string'
  return found.labels.map((label) => JSON.stringify(label)).join(' | ')
}

/** The names in these types that only the catalog can tell of; `format_type` prints them so. */
export function unknownNames(types: Iterable<string | null>): readonly string[] {
  const names = new Set<string>()
  for (const type of types) {
    const bare = type === null ? null : withoutModifier(type)
    if (bare !== null && !bare.endsWith('[]') && !ofValues.has(bare)) names.add(bare)
  }
  return [...names]
}

/** `numeric(10,2)` is `numeric`, `timestamp(3) with time zone` is `timestamp with time zone`, `interval day to second(3)` is `interval`. */
function withoutModifier(type: string): string {
  if (type.startsWith('"')) return type
  const bare = type.replace(/\([^)]*\)/, '').trim()
  return bare.replace(
    /^interval (?:year|month|day|hour|minute|second)(?: to (?:month|hour|minute|second))?/,
    'interval',
  )
}

const text = [
  'text',
  'character varying',
  'character',
  'name',
  'uuid',
  'numeric',
  'bigint',
  'money',
  'time without time zone',
  'time with time zone',
  'inet',
  'cidr',
  'macaddr',
  'xid8',
  'bit',
  'bit varying',
  '"char"',
  'tsvector',
  'xml',
  'int4range',
  'int8range',
  'numrange',
  'tsrange',
  'tstzrange',
  'daterange',
]

/** Read alike by themselves and in arrays. */
const everywhere: readonly (readonly [type: string, read: string])[] = [
  ...readAs('number', ['smallint', 'integer', 'oid', 'real', 'double precision']),
  ...readAs('Date', ['date', 'timestamp without time zone', 'timestamp with time zone']),
  ['boolean', 'boolean'],
  ['bytea', 'Buffer'],
  ['json', 'JsonValue'],
  ['jsonb', 'JsonValue'],
  ['interval', 'PostgresInterval'],
  ['point', '{ x: number; y: number }'],
]

const ofValues: ReadonlyMap<string, string> = new Map([
  ...readAs('string', text),
  ...everywhere,
  ['circle', '{ x: number; y: number; radius: number }'],
])

/** Arrays that node-postgres reads, by their elements: those of numeric as numbers, though the values alone are texts. */
const ofArrays: ReadonlyMap<string, string> = new Map([
  ...readAs('string', [
    'text',
    'character varying',
    'character',
    'uuid',
    'bigint',
    'money',
    'time without time zone',
    'time with time zone',
    'inet',
    'cidr',
    'macaddr',
    'numrange',
  ]),
  ...everywhere,
  ['numeric', 'number'],
])

function readAs(read: string, types: readonly string[]): readonly (readonly [string, string])[] {
  return types.map((type) => [type, read])
}
