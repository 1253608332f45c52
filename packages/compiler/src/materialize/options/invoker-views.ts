import {
  type DependentView,
  type Json,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type RelationName,
} from '@strata/core'

const option = 'security_invoker='

/** Whether the configuration puts a table under policies that was under none so far. */
export function comesUnderPolicies(
  config: { readonly [option: string]: Json },
  former: Pick<RelationFacts, 'rowSecurity'>,
): boolean {
  return Array.isArray(config['policies']) && former.rowSecurity?.enabled !== true
}

/** The rights that a view reads with, as its options have them; null: nobody has said so, and they are its owner's. */
export function readsAsInvoker(options: readonly string[]): boolean | null {
  const found = options.find((one) => one.startsWith(option))
  return found === undefined ? null : !/^(f|n|of|0)/i.test(found.slice(option.length))
}

/** What `letViewsInvoke` has done to a view stays when it is pointed at another relation. */
export function invoking(view: DependentView): DependentView {
  if (readsAsInvoker(view.options) !== null) return view
  return { ...view, options: [...view.options, `${option}true`] }
}

/**
 * SQL that has the views over a relation, also through others, read with the rights of their readers: with those of their
 * owners they would show every row, whatever the policies of the relation say. They may wait for their own steps for long, and
 * not all of them are of the project. Those that say which it is keep it, and those that only others may alter are theirs.
 */
export function letViewsInvoke(relation: RelationName): string {
  const body = `
declare strata_view record;
begin
  for strata_view in
    with recursive tree (oid, depth) as (
      select ${quoteLiteral(quoteRelation(relation))}::pg_catalog.regclass::pg_catalog.oid, 0
      union
      select r.ev_class, tree.depth + 1
      from tree
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = tree.oid
        and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.deptype = 'n'
      join pg_catalog.pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN' and r.ev_class <> d.refobjid
      join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind = 'v'
      where tree.depth < 200
    )
    select n.nspname, c.relname
    from (select tree.oid, max(tree.depth) as depth from tree where tree.depth > 0 group by tree.oid) as reader
    join pg_catalog.pg_class c on c.oid = reader.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence <> 't' and pg_catalog.pg_has_role(c.relowner, 'usage')
      and not exists (select from pg_catalog.unnest(c.reloptions) as o (text) where pg_catalog.starts_with(o.text, '${option}'))
    order by reader.depth desc, n.nspname, c.relname
  loop
    execute pg_catalog.format('alter view %I.%I set (security_invoker = true)', strata_view.nspname, strata_view.relname);
  end loop;
end`
  return `do ${quoteLiteral(body)}`
}
