import { quoteIdentifier } from '@strata/core'
import { type ParsedSql, parseSql } from '../sql/parse-sql.ts'

/**
 * The text with blanks where relations are written with the name of their database, which the scratch database does not have:
 * `"shop"."silver"."orders"`. All else stays at its place.
 */
export function withoutCatalog(sql: string, parsed: ParsedSql, database: string): string {
  if (!mentions(sql, database)) return sql
  const starts: number[] = []
  collect(parsed.statements, database, starts)
  let text = sql
  for (const location of starts) {
    const start = parsed.offsetOf(location)
    const name = [quoteIdentifier(database), database].find(
      (one) => text.slice(start, start + one.length).toLowerCase() === one.toLowerCase(),
    )
    const end = name === undefined ? -1 : text.indexOf('.', start + name.length)
    if (end >= 0) text = `${text.slice(0, start)}${' '.repeat(end + 1 - start)}${text.slice(end + 1)}`
  }
  return text
}

/** The same for a text that may be anything; one that cannot be parsed stays as it is. */
export function anyWithoutCatalog(sql: string, database: string): string {
  if (!mentions(sql, database)) return sql
  const parsed = parseSql(sql)
  return parsed.kind === 'parsed' ? withoutCatalog(sql, parsed, database) : sql
}

function mentions(sql: string, database: string): boolean {
  return database !== '' && sql.includes(database)
}

function collect(tree: unknown, database: string, starts: number[]): void {
  if (typeof tree !== 'object' || tree === null) return
  if (Array.isArray(tree)) {
    for (const one of tree) collect(one, database, starts)
    return
  }
  for (const key in tree) {
    const value = (tree as Readonly<Record<string, unknown>>)[key]
    if (key === 'RangeVar') {
      const { catalogname, location } = value as { catalogname?: string; location?: number }
      if (catalogname === database) starts.push(location ?? 0)
    } else if (key === 'ColumnRef') {
      const { fields, location } = value as { fields?: readonly unknown[]; location?: number }
      // database.schema.relation.column
      if (fields !== undefined && fields.length > 3 && nameIn(fields[0]) === database)
        starts.push(location ?? 0)
    } else collect(value, database, starts)
  }
}

function nameIn(field: unknown): string | undefined {
  return (field as { String?: { sval?: string } }).String?.sval
}
