import type { NodeId } from '@strata/core'
import { isEphemeralName } from '../sql/ephemeral-name.ts'
import { overWholeParents } from '../sql/over-whole-parents.ts'
import { parseSql } from '../sql/parse-sql.ts'
import type { Query } from './query.ts'
import { readQueries } from './read-queries.ts'
import type { LintedNode, LintedSql } from './rule.ts'

/**
 * The SQL of a node in each of its forms; what cannot be parsed is left out, for `models check` says so. The parser must have
 * been loaded.
 */
export function lintedSql(node: LintedNode, relationOf: (id: NodeId) => string): readonly LintedSql[] {
  if (!('select' in node) || node.late) return []
  const { full, increment } = node.select
  const forms = [{ form: 'full', text: full, toForm: (offset: number) => offset } as const]
  const whole = increment === null ? null : overWholeParents(increment, relationOf)
  const written =
    whole === null ? [] : [{ form: 'increment', text: whole.text, toForm: whole.toFragments } as const]
  return [...forms, ...written].flatMap(({ form, text, toForm }): LintedSql[] => {
    const parsed = parseSql(text)
    if (parsed.kind !== 'parsed') return []
    const { main, all } = readQueries(parsed.statements)
    // An ephemeral model, whose SQL stands in those that read it, is looked at by itself.
    const foreign = new Set(
      main?.ctes.flatMap((cte) => (isEphemeralName(cte.name) ? withInner(cte.query) : [])),
    )
    return [
      {
        form,
        main,
        queries: all.filter((query) => !foreign.has(query)),
        offsetOf: (location) => toForm(parsed.offsetOf(location)),
        textAt: (location) => text.slice(parsed.offsetOf(location)),
      },
    ]
  })
}

function withInner(query: Query | null): readonly Query[] {
  return query === null ? [] : [query, ...query.inner.flatMap(withInner)]
}
