import type { RelationName } from '@strata/core'
import { aliasesOf, jsonPaths } from './json-paths.ts'

/**
 * The fields of landed records that SQL reads: `sponsor/name`. `alone`: the relation is the only landed one that it reads, so
 * that every `data` in it is of that; else only what stands behind an alias of the relation is known to be.
 */
export function fieldsRead(
  sql: string,
  relation: RelationName,
  { alone }: { readonly alone: boolean },
): readonly string[] {
  const aliases = alone ? null : aliasesOf(sql, relation)
  const paths = jsonPaths(sql, 'data')
    .filter(({ qualifier }) => aliases === null || (qualifier !== null && aliases.has(qualifier)))
    .map(({ path }) => path.join('/'))
  return [...new Set(paths)].sort()
}
