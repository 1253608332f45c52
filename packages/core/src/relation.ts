/** A table or view, by its unquoted schema and name. */
export interface RelationName {
  readonly schema: string
  readonly name: string
}

/** Quotes one identifier. With `quoteLiteral` the only place where names and values become SQL text. */
export function quoteIdentifier(identifier: string): string {
  if (identifier.includes('\0')) throw new Error('an identifier cannot hold a NUL character')
  return `"${identifier.replaceAll('"', '""')}"`
}

/** Quotes a string as an SQL literal, for the statements in which Postgres takes no parameter (views, DDL). */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new Error('a literal cannot hold a NUL character')
  const quoted = `'${value.replaceAll("'", "''")}'`
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** `"schema"."name"`, ready to stand in SQL. */
export function quoteRelation(relation: RelationName): string {
  return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
}

/** `schema.name`, for people. */
export function displayRelation(relation: RelationName): string {
  return `${relation.schema}.${relation.name}`
}

/** Postgres cuts identifiers after this many bytes of UTF-8. */
export const maxIdentifierBytes = 63

/**
 * A name derived from `name` that never exceeds 63 bytes and never collides with that of another base name:
 * when the parts do not fit, the base is cut and a hash of the whole takes the place of what was lost.
 */
export function deriveName(name: string, suffix: string): string {
  const whole = name + suffix
  if (Buffer.byteLength(whole) <= maxIdentifierBytes) return whole
  const tail = `_${fnv1a(whole)}${suffix}`
  let head = name
  while (Buffer.byteLength(head + tail) > maxIdentifierBytes) head = [...head].slice(0, -1).join('')
  return head + tail
}

/** 64-bit FNV-1a in base 36: short, stable on every platform, and enough to keep derived names apart. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash.toString(36)
}
