import { isEphemeralName } from '../../sql/ephemeral-name.ts'
import type { FromItem, Query } from '../query.ts'
import { starItems, starOf } from '../query-columns.ts'
import type { Finding, Subject } from '../rule.ts'

/** A star that hands on whatever columns a relation has, so that those of the model are written nowhere. */
export function* selectStar({ node, sql, project }: Subject): Iterable<Finding> {
  if (node.kind !== 'model' || project.isStaging(node)) return
  for (const one of sql) {
    if (one.main === null) continue
    for (const { location, item } of openStars(one.main, [])) {
      const name = project.nameOf(item) ?? item.name ?? 'the relation'
      yield {
        message: `the columns of this model are whatever ${name} has: "*" is not written out`,
        hint: 'Name the columns, so that a new one does not come through unseen and a lost one is found here.',
        at: { sql: one, location },
      }
    }
  }
}

interface OpenStar {
  readonly location: number
  readonly item: FromItem
}

/** A star over common table expressions and subqueries is as good as what they select. */
function* openStars(query: Query, seen: readonly Query[]): Iterable<OpenStar> {
  if (seen.includes(query)) return
  for (const arm of query.arms) yield* openStars(arm, [...seen, query])
  for (const target of query.select.targetList ?? []) {
    if (!('ResTarget' in target)) continue
    const { val, location = 0 } = target.ResTarget
    const star = starOf(val)
    if (star === null) continue
    for (const item of starItems(query, star)) {
      const inner = item.cte === null ? item.query : item.cte.query
      if (item.kind === 'relation' || isEphemeralName(item.cte?.name ?? '')) yield { location, item }
      else if (inner !== null) yield* openStars(inner, [...seen, query])
    }
  }
}
