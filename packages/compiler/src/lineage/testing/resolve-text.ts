import { loadSqlParser, parseSql } from '../../sql/parse-sql.ts'
import type { ColumnUse, FindShape, ResolvedQuery } from '../query-lineage.ts'
import { type ResolveOptions, resolveQuery } from '../resolve-query.ts'

await loadSqlParser()

/** Relations by name, in the schema public unless it is said; null: their columns are not known. */
export type Known = Readonly<Record<string, readonly string[] | null>>

/** Resolves a query that reads what is known. */
export function resolveText(sql: string, known: Known, options: ResolveOptions = {}): ResolvedQuery {
  const parsed = parseSql(sql)
  if (parsed.kind === 'syntax_error') throw new Error(`${parsed.message}: ${sql}`)
  return resolveQuery(parsed, findIn(known), options)
}

export function findIn(known: Known): FindShape {
  return ({ schema, name }) => {
    const columns = known[schema === null || schema === 'public' ? name : `${schema}.${name}`]
    if (columns === undefined) return null
    return {
      relation: { schema: schema ?? 'public', name },
      columns: columns?.map((column) => ({ name: column, type: null })) ?? null,
    }
  }
}

/** `~t.data->a`, as truths have it. */
export function useText({ relation, column, path, asIs }: ColumnUse): string {
  return `${asIs ? '' : '~'}${relation.name}.${[column, ...path].join('->')}`
}
