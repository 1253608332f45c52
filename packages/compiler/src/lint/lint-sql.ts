import {
  type Fragment,
  type Node,
  type NodeId,
  quoteIdentifier,
  quoteRelation,
  type RelationName,
} from '@strata/core'
import { parseSql } from '../sql/parse-sql.ts'
import type { Query } from './query.ts'
import { readQueries } from './read-queries.ts'
import type { LintedNode, LintedSql } from './rule.ts'

/**
 * The SQL of a node in each of its forms; what cannot be parsed is left out, for `models check` says so. The parser must have
 * been loaded.
 */
export function lintedSql(node: LintedNode, nodeOf: (id: NodeId) => Node | undefined): readonly LintedSql[] {
  if (!('select' in node) || node.late) return []
  const { full, increment } = node.select
  const forms = [{ form: 'full', text: full, offsetOf: (offset: number) => offset } as const]
  const written = increment === null ? [] : [{ form: 'increment', ...joined(increment, nodeOf) } as const]
  return [...forms, ...written].flatMap(({ form, text, offsetOf }): LintedSql[] => {
    const parsed = parseSql(text)
    if (parsed.kind !== 'parsed') return []
    const { main, all } = readQueries(parsed.statements)
    const foreign = new Set(main?.ctes.flatMap((cte) => (isEphemeral(cte.name) ? withInner(cte.query) : [])))
    return [
      {
        form,
        main,
        queries: all.filter((query) => !foreign.has(query)),
        offsetOf: (location) => offsetOf(parsed.offsetOf(location)),
        textAt: (location) => text.slice(parsed.offsetOf(location)),
      },
    ]
  })
}

/** An ephemeral model, whose SQL stands in those that read it: it is looked at by itself. */
export function isEphemeral(cteName: string): boolean {
  return cteName.startsWith('__dbt__cte__')
}

function withInner(query: Query | null): readonly Query[] {
  return query === null ? [] : [query, ...query.inner.flatMap(withInner)]
}

/** The text of an increment with relations in the place of its marks, and where in the text without marks each place is. */
function joined(
  fragments: readonly Fragment[],
  nodeOf: (id: NodeId) => Node | undefined,
): { readonly text: string; offsetOf(offset: number): number } {
  const marks: { readonly start: number; readonly end: number }[] = []
  let text = ''
  for (const fragment of fragments) {
    if (typeof fragment === 'string') {
      text += fragment
      continue
    }
    const start = text.length
    text += markText(fragment, nodeOf)
    marks.push({ start, end: text.length })
  }
  return {
    text,
    offsetOf(offset) {
      let marked = 0
      for (const { start, end } of marks) if (start < offset) marked += Math.min(offset, end) - start
      return offset - marked
    },
  }
}

function markText(mark: Exclude<Fragment, string>, nodeOf: (id: NodeId) => Node | undefined): string {
  if ('windowOf' in mark) return quoteRelation(mark.relation)
  const parent = nodeOf('keysOf' in mark ? mark.keysOf : mark.incrementOf)
  const relation: RelationName =
    parent !== undefined && 'relation' in parent ? parent.relation : { schema: '?', name: '?' }
  return 'keysOf' in mark
    ? `select ${quoteIdentifier(mark.column)} from ${quoteRelation(relation)}`
    : quoteRelation(relation)
}
