/**
 * Statements that give a new relation of the same name what the one with oid `$1` has and `create table as` does not bring:
 * grants, row-level security with its policies, triggers, statistics, publications, comments, replica
 * identity; the owner last, for giving it away ends the right to change it. To be run with `pg_catalog` alone on the path.
 */
export const carryOverQuery = `
with target as (
  select c.oid, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relkind,
    format('%I.%I', n.nspname, c.relname) as name,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1
), role_name as (
  select 0::oid as oid, 'public'::text as name union all select oid, quote_ident(rolname) from pg_roles
)
select statement from (
  select 1 as place, format('grant %s on %s to %s%s', a.privilege_type, t.name, r.name, case when a.is_grantable then ' with grant option' else '' end) as statement
  from target t, aclexplode(t.relacl) a join role_name r on r.oid = a.grantee where a.grantee <> t.relowner
  union all
  select 2, format('grant %s (%I) on %s to %s%s', x.privilege_type, a.attname, t.name, r.name, case when x.is_grantable then ' with grant option' else '' end)
  from target t join pg_attribute a on a.attrelid = t.oid and not a.attisdropped, aclexplode(a.attacl) x join role_name r on r.oid = x.grantee
  where x.grantee <> t.relowner
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
  select 5, pg_get_triggerdef(g.oid) from target t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
  union all
  select 6, pg_get_statisticsobjdef(s.oid) from target t join pg_statistic_ext s on s.stxrelid = t.oid
  union all
  select 7, format('alter publication %I add table %s', b.pubname, t.name)
  from target t join pg_publication_rel l on l.prrelid = t.oid join pg_publication b on b.oid = l.prpubid
  union all
  select 8, format('comment on %s %s is %L', t.kind, t.name, obj_description(t.oid, 'pg_class')) from target t where obj_description(t.oid, 'pg_class') is not null
  union all
  select 9, format('comment on column %s.%I is %L', t.name, a.attname, col_description(t.oid, a.attnum))
  from target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped where col_description(t.oid, a.attnum) is not null
  union all
  select 10, format('alter table %s replica identity full', t.name) from target t where t.relreplident = 'f'
  union all
  select 11, format('alter %s %s owner to %s', t.kind, t.name, r.name) from target t join role_name r on r.oid = t.relowner
    where t.relowner <> (select oid from pg_roles where rolname = current_user)
) as statements
order by place, statement`
