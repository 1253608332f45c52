/**
 * What keeps another relation from taking the place of the one with oid `$1`: a DROP of it would be refused, or the object
 * would lose it. Views that the current user may replace are not among them, for they can follow, but temporary ones are, which
 * no other session may alter; nor is what belongs to the
 * relation itself and is made again. To be run with `pg_catalog` alone on the path.
 */
export const boundObjectsQuery = `
with target as (
  select 'pg_class'::regclass::oid as class, $1::oid as id
  union all
  select 'pg_type'::regclass, unnest(array[t.oid, t.typarray])
  from pg_class c join pg_type t on t.oid = c.reltype where c.oid = $1
  union all
  select 'pg_class'::regclass, indexrelid from pg_index where indrelid = $1
  union all
  select 'pg_constraint'::regclass, oid from pg_constraint where conrelid = $1
), dependent as (
  select distinct d.classid, d.objid, d.objsubid
  from pg_depend d join target t on d.refclassid = t.class and d.refobjid = t.id
  where (d.deptype in ('n', 'x') or
      -- A sequence that is owned by a column goes with the table.
      d.deptype = 'a' and d.classid = 'pg_class'::regclass and exists (select from pg_class s where s.oid = d.objid and s.relkind = 'S'))
    and (d.classid, d.objid) not in (select class, id from target)
), bound as (
  select d.classid, d.objid, d.objsubid, v.oid as view_id, v.relkind, v.relowner, v.relpersistence, w.rulename
  from dependent d
  left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  left join pg_class v on v.oid = w.ev_class and w.rulename = '_RETURN'
  where w.ev_class is distinct from $1
    -- What belongs to the relation itself. Not as joins: the planner would try them in every order.
    and case d.classid
      when 'pg_policy'::regclass then (select polrelid from pg_policy where oid = d.objid)
      when 'pg_trigger'::regclass then (select tgrelid from pg_trigger where oid = d.objid)
      when 'pg_attrdef'::regclass then (select adrelid from pg_attrdef where oid = d.objid)
      when 'pg_statistic_ext'::regclass then (select stxrelid from pg_statistic_ext where oid = d.objid)
      when 'pg_publication_rel'::regclass then (select prrelid from pg_publication_rel where oid = d.objid)
    end is distinct from $1
  union all
  select 'pg_constraint'::regclass, oid, 0, null, null, null, null, null
  from pg_constraint where contype = 'f' and conrelid = $1 and confrelid = $1
    -- That of a contract is made anew.
    and strpos(conname, '__strata_') = 0 and not exists (select from pg_description where classoid = 'pg_constraint'::regclass
      and objoid = pg_constraint.oid and starts_with(description, 'made by Strata: '))
  union all
  select 'pg_class'::regclass, inhparent, 0, null, null, null, null, null from pg_inherits where inhrelid = $1
)
select distinct coalesce(case b.relkind when 'v' then 'view' when 'm' then 'materialized view' end, i.type) as type,
  coalesce(v.identity, i.identity) as identity
from bound b
cross join lateral pg_identify_object(b.classid, b.objid, b.objsubid) i
left join lateral pg_identify_object('pg_class'::regclass, b.view_id, 0) v on b.view_id is not null
where b.relkind is distinct from 'v' or b.relpersistence = 't' or not pg_has_role(b.relowner, 'usage')
order by 1, 2`
