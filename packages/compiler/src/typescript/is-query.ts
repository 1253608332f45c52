/** What a query of sql-template-tag is made of, whichever copy of that package made it. */
export interface QueryParts {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
}

export function isQuery(value: unknown): value is QueryParts {
  if (typeof value !== 'object' || value === null) return false
  const { strings, values } = value as Partial<QueryParts>
  return Array.isArray(strings) && Array.isArray(values) && strings.length === values.length + 1
}
