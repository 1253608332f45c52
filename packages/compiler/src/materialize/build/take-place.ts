import {
  type DependentView,
  deriveName,
  type Exchange,
  quoteIdentifier,
  quoteRelation,
  type RelationFacts,
  type RelationKind,
  type RelationName,
} from '@strata/core'
import { carryOverStatements } from './carry-over.ts'

/**
 * The exchange that renames the former relation away, lets `arrive` put the new one under its name, and points the
 * views that read the former one at it. Two exchanges that share a dependent view would deadlock, so one lock orders
 * them; the views are locked before the table, outermost first, as readers of them do.
 */
export function takePlace(
  name: RelationName,
  former: RelationFacts,
  becomes: RelationKind,
  arrive: readonly string[],
): Exchange {
  const readers = former.dependentViews.filter((view) => view.direct)
  const direct = readers.filter((view) => view.kind === 'view').sort(outermostFirst)
  const stored = readers.filter((view) => view.kind === 'materialized_view')
  const retired = { schema: name.schema, name: deriveName(name.name, `__strata_old_${former.oid}`) }
  const lockFormer =
    former.kind === 'table' ? [`lock table ${quoteRelation(name)} in access exclusive mode`] : []
  const takesKind = `alter ${former.kind === 'materialized_view' ? 'materialized view' : former.kind}`
  return {
    name,
    locks: [...orderedBy(direct), ...direct.map(lockView), ...lockFormer],
    statements: [`${takesKind} ${quoteRelation(name)} rename to ${quoteIdentifier(retired.name)}`, ...arrive],
    repoint: direct.toReversed().map((view) => ({
      relation: view.relation,
      definition: view.definition,
      sql: replaceView(view),
    })),
    ...(stored.length === 0 ? {} : { stay: stored.map(({ relation }) => relation) }),
    carryOver: carryOverStatements(former, becomes),
    former: { relation: retired, kind: former.kind },
  }
}

function orderedBy(direct: readonly DependentView[]): readonly string[] {
  return direct.length === 0
    ? []
    : [`select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:publish', 0))`]
}

function outermostFirst(a: DependentView, b: DependentView): number {
  return b.depth - a.depth || quoteRelation(a.relation).localeCompare(quoteRelation(b.relation), 'en')
}

/** Changes nothing, and takes ACCESS EXCLUSIVE on the view alone; LOCK TABLE would lock all tables under it as well. */
function lockView(view: DependentView): string {
  return `alter view ${quoteRelation(view.relation)} owner to ${view.owner}`
}

function replaceView(view: DependentView): string {
  const withOptions = view.options.length === 0 ? '' : ` with (${view.options.join(', ')})`
  return `create or replace view ${quoteRelation(view.relation)}${withOptions} as\n${view.definition}`
}
