/**
 * Statements that give a new relation of the same name what the one with oid `$1` has and `create table as` does not bring:
 * grants (without those that default privileges gave the new one), row-level security with its policies, rules,
 * triggers, statistics objects, publications, comments, replica identity. The owner comes last, for giving it away ends
 * the right to change it; only what the current user was granted follows, for an owner cannot be granted anything. To be
 * run with `pg_catalog` alone on the path.
 */
export const carryOverQuery = `
with target as (
  select c.*, format('%I.%I', n.nspname, c.relname) as name, me.oid as me,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles me on me.rolname = current_user where c.oid = $1
), role_name as (
  select 0::oid as oid, 'public'::text as name union all select oid, quote_ident(rolname) from pg_roles
), granted as (
  select null::name as attname, a.grantee, a.privilege_type, a.is_grantable from target t, aclexplode(t.relacl) a
  union all
  select c.attname, a.grantee, a.privilege_type, a.is_grantable
  from target t join pg_attribute c on c.attrelid = t.oid and not c.attisdropped, aclexplode(c.attacl) a
)
select statement from (
  select 0 as place, format('revoke all on %s from %s', t.name, r.name) as statement
  from target t
  join pg_default_acl d on d.defaclrole = t.me and d.defaclobjtype = 'r' and d.defaclnamespace in (0, t.relnamespace),
    aclexplode(d.defaclacl) a join role_name r on r.oid = a.grantee
  where a.grantee <> t.me
  union all
  select case when g.grantee = t.me then 20 else 1 end, format('grant %s%s on %s to %s%s', g.privilege_type,
    case when g.attname is not null then format(' (%I)', g.attname) end, t.name, r.name,
    case when g.is_grantable then ' with grant option' end)
  from target t, granted g join role_name r on r.oid = g.grantee
  where g.grantee <> t.relowner and (g.grantee <> t.me or pg_has_role(t.me, t.relowner, 'usage'))
  union all
  select 3, format('alter table %s enable row level security', t.name) from target t where t.relrowsecurity
  union all
  select 3, format('alter table %s force row level security', t.name) from target t where t.relforcerowsecurity
  union all
  select 4, format('create policy %I on %s as %s for %s to %s%s%s', p.polname, t.name,
    case when p.polpermissive then 'permissive' else 'restrictive' end,
    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (select string_agg(r.name, ', ') from unnest(p.polroles) as u (oid) join role_name r on r.oid = u.oid),
    ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
  from target t join pg_policy p on p.polrelid = t.oid
  union all
  select 5, pg_get_ruledef(w.oid) from target t join pg_rewrite w on w.ev_class = t.oid where w.rulename <> '_RETURN'
  union all
  select 5, pg_get_triggerdef(g.oid) from target t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal and g.tgname not like 'strata\\_former\\_%'
  union all
  select 6, format('alter table %s %s trigger %I', t.name,
    case g.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, g.tgname)
  from target t join pg_trigger g on g.tgrelid = t.oid
  where not g.tgisinternal and g.tgname not like 'strata\\_former\\_%' and g.tgenabled <> 'O'
  union all
  select 6, pg_get_statisticsobjdef(s.oid) from target t join pg_statistic_ext s on s.stxrelid = t.oid
  union all
  select 7, format('alter publication %I add table %s%s%s', b.pubname, t.name,
    (select ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
      from pg_attribute a where a.attrelid = t.oid and a.attnum = any (l.prattrs)),
    ' where (' || pg_get_expr(l.prqual, t.oid) || ')')
  from target t join pg_publication_rel l on l.prrelid = t.oid join pg_publication b on b.oid = l.prpubid
  union all
  select 8, format('comment on %s %s is %L', t.kind, t.name, obj_description(t.oid, 'pg_class'))
  from target t where obj_description(t.oid, 'pg_class') is not null
  union all
  select 9, format('comment on column %s.%I is %L', t.name, a.attname, col_description(t.oid, a.attnum))
  from target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  where col_description(t.oid, a.attnum) is not null
  union all
  select 10, format('alter table %s replica identity %s', t.name, case t.relreplident when 'f' then 'full' else 'nothing' end)
  from target t where t.relreplident in ('f', 'n') and t.relkind in ('r', 'p')
  union all
  -- The new table may have no such index: without an identity, updates of a published table would fail.
  select 10, format('do %L', format(
    'begin alter table %1$s replica identity using index %2$I; exception when undefined_object or wrong_object_type then alter table %1$s replica identity full; end',
    t.name, i.relname))
  from target t join pg_index x on x.indrelid = t.oid and x.indisreplident join pg_class i on i.oid = x.indexrelid
  where t.relreplident = 'i'
  union all
  select 11, format('alter %s %s owner to %s', t.kind, t.name, r.name)
  from target t join role_name r on r.oid = t.relowner where t.relowner <> t.me
) as statements
order by place, statement`
