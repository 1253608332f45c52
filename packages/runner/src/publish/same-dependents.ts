import { displayRelation, quoteRelation, type RelationName, type Repoint, type Session } from '@strata/core'

/**
 * Whether the views that read a relation directly are those that were captured, with the same definitions. Temporary ones
 * are never captured: beside one a table is refreshed in place when the step begins anew, and of a view the DROP names it.
 */
export async function sameDependents(
  transaction: Session,
  relation: RelationName,
  captured: readonly Repoint[],
): Promise<boolean> {
  const path = await transaction.query<{ path: string }>(`select current_setting('search_path') as path`)
  await transaction.query('set local search_path = pg_catalog')
  const { rows } = await transaction.query<{ schema: string; name: string; definition: string }>({
    text: `select n.nspname as schema, v.relname as name, pg_get_viewdef(v.oid) as definition
from pg_class v join pg_namespace n on n.oid = v.relnamespace
where v.relkind = 'v' and (v.relpersistence <> 't' or (select relkind <> 'v' from pg_class where oid = $1::regclass)) and v.oid in (
  select r.ev_class from pg_depend d join pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN'
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
    and d.refobjid = $1::regclass and r.ev_class <> d.refobjid)`,
    values: [quoteRelation(relation)],
  })
  await transaction.query({
    text: `select set_config('search_path', $1, true)`,
    values: [path.rows[0]!.path],
  })
  const known = new Map(captured.map((view) => [displayRelation(view.relation), withoutEnd(view.definition)]))
  return (
    rows.length === known.size &&
    rows.every(
      ({ schema, name, definition }) =>
        known.get(displayRelation({ schema, name })) === withoutEnd(definition),
    )
  )
}

/** Whether a definition carries its semicolon says nothing. */
function withoutEnd(definition: string): string {
  return definition.replace(/;\s*$/, '')
}
