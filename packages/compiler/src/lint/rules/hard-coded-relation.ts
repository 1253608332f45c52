import { undefinedTableHint } from '../../explain/undefined-table-hint.ts'
import type { FromItem } from '../query.ts'
import type { Finding, Subject } from '../rule.ts'

/** A relation by its own name in the place of ref() or source(): the graph does not know that it is read. */
export function* hardCodedRelation({ node, sql, project, isWritten }: Subject): Iterable<Finding> {
  for (const one of sql)
    for (const item of one.queries.flatMap(({ items }) => items)) {
      if (item.kind !== 'relation' || isOfCatalog(item)) continue
      const at = { sql: one, location: item.location }
      const known = project.relationOf(item)
      const isReferred = known !== null && (known.id === node.id || node.parents.includes(known.id))
      if (isReferred && !isWritten(node, at, written)) continue
      const { schemaname, relname = '' } = item.range!
      const name = schemaname === undefined ? relname : `${schemaname}.${relname}`
      const hint = undefinedTableHint(name, node, project.graph)
      yield {
        message: `${name} is written by its name: the graph does not know that it is read here, and another target reads the same`,
        hint: hint ?? `Write ${known?.kind === 'source' ? "{{ source('…', '…') }}" : "{{ ref('…') }}"}.`,
        at,
      }
    }
}

function isOfCatalog({ range }: FromItem): boolean {
  const { schemaname, relname = '' } = range!
  if (schemaname === undefined) return relname.startsWith('pg_')
  return schemaname === 'pg_catalog' || schemaname === 'information_schema'
}

/** A dotted name, as it is written. */
const written = /^(?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))+/
