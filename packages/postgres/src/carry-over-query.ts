/**
 * Statements that give a new relation of the same name what the one with oid `$1` has and `create table as` does not bring:
 * grants (without those that default privileges gave the new one), row-level security with its policies, rules,
 * triggers, statistics objects, publications, comments on it and on what it has, settings of columns, the index that it
 * is clustered on, replica identity. What others have granted is granted in their name where the current user may. The owner comes last, for giving it away ends
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
  select null::name as attname, a.grantor, a.grantee, a.privilege_type, a.is_grantable from target t, aclexplode(t.relacl) a
  union all
  select c.attname, a.grantor, a.grantee, a.privilege_type, a.is_grantable
  from target t join pg_attribute c on c.attrelid = t.oid and not c.attisdropped, aclexplode(c.attacl) a
)
select statement from (
  select 0 as place, format('revoke all on %s from %s', t.name, r.name) as statement
  from target t
  join pg_default_acl d on d.defaclrole = t.me and d.defaclobjtype = 'r' and d.defaclnamespace in (0, t.relnamespace),
    aclexplode(d.defaclacl) a join role_name r on r.oid = a.grantee
  where a.grantee <> t.me
  union all
  select case when g.grantee = t.me then 20 when g.grantor = t.relowner then 1 else 2 end,
    case when g.grantor = t.relowner or g.grantee = t.me then s.text else format('do %L', format(
      'begin set local role %s; %s; set local role %I; exception when undefined_column then null; when insufficient_privilege then %s; end',
      o.name, s.text, current_user, s.text)) end
  from target t cross join granted g join role_name r on r.oid = g.grantee join role_name o on o.oid = g.grantor,
    lateral (select format('grant %s%s on %s to %s%s', g.privilege_type,
      case when g.attname is not null then format(' (%I)', g.attname) end, t.name, r.name,
      case when g.is_grantable then ' with grant option' end) as text) as s
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
  where ${commentOn('p.oid', 'pg_policy')} is null or ${commentOn('p.oid', 'pg_policy')} not like 'made by Strata: %'
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
  -- The former table may stay for a view that reads it, and would keep the name.
  select 5, format('drop statistics if exists %I.%I', n.nspname, s.stxname)
  from target t join pg_statistic_ext s on s.stxrelid = t.oid join pg_namespace n on n.oid = s.stxnamespace
  union all
  select 6, pg_get_statisticsobjdef(s.oid) from target t join pg_statistic_ext s on s.stxrelid = t.oid
  union all
  select 7, format('alter statistics %I.%I set statistics %s', n.nspname, s.stxname, s.stxstattarget)
  from target t join pg_statistic_ext s on s.stxrelid = t.oid join pg_namespace n on n.oid = s.stxnamespace
  where s.stxstattarget >= 0
  union all
  select 7, format('comment on statistics %I.%I is %L', n.nspname, s.stxname, ${commentOn('s.oid', 'pg_statistic_ext')})
  from target t join pg_statistic_ext s on s.stxrelid = t.oid join pg_namespace n on n.oid = s.stxnamespace
  where ${commentOn('s.oid', 'pg_statistic_ext')} is not null
  union all
  select 7, format('alter table %s alter column %I %s', t.name, a.attname, setting.text)
  from target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid,
  lateral (
    select format('set statistics %s', a.attstattarget) where a.attstattarget >= 0
    union all
    -- Since the minor releases of November 2026 the server notes there for itself when a column was defined.
    select format('set (%s)', string_agg(option, ', ')) from unnest(a.attoptions) as option
    where option not like 'pg\\_attver=%' having count(*) > 0
    union all
    select 'set storage ' || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
    where a.attstorage <> y.typstorage and t.relkind in ('r', 'p')
    union all
    select 'set compression ' || case a.attcompression when 'l' then 'lz4' else 'pglz' end
    where a.attcompression <> '' and t.relkind in ('r', 'p')
  ) as setting (text)
  where t.relkind in ('r', 'm', 'p')
  union all
  select 9, format('comment on policy %I on %s is %L', p.polname, t.name, ${commentOn('p.oid', 'pg_policy')})
  from target t join pg_policy p on p.polrelid = t.oid
  where ${commentOn('p.oid', 'pg_policy')} is not null and ${commentOn('p.oid', 'pg_policy')} not like 'made by Strata: %'
  union all
  select 9, format('comment on trigger %I on %s is %L', g.tgname, t.name, ${commentOn('g.oid', 'pg_trigger')})
  from target t join pg_trigger g on g.tgrelid = t.oid
  where not g.tgisinternal and g.tgname not like 'strata\\_former\\_%' and ${commentOn('g.oid', 'pg_trigger')} is not null
  union all
  select 9, format('comment on rule %I on %s is %L', w.rulename, t.name, ${commentOn('w.oid', 'pg_rewrite')})
  from target t join pg_rewrite w on w.ev_class = t.oid
  where w.rulename <> '_RETURN' and ${commentOn('w.oid', 'pg_rewrite')} is not null
  union all
  select 9, format('comment on constraint %I on %s is %L', k.conname, t.name, ${commentOn('k.oid', 'pg_constraint')})
  from target t join pg_constraint k on k.conrelid = t.oid
  where ${commentOn('k.oid', 'pg_constraint')} is not null and ${commentOn('k.oid', 'pg_constraint')} not like 'made by Strata: %'
  union all
  select 9, format('comment on index %I.%I is %L', n.nspname, i.relname, ${commentOn('i.oid', 'pg_class')})
  from target t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
  join pg_namespace n on n.oid = i.relnamespace
  where ${commentOn('i.oid', 'pg_class')} is not null and ${commentOn('i.oid', 'pg_class')} not like 'made by Strata: %'
  union all
  select 10, format('alter %s %s cluster on %I', t.kind, t.name, i.relname)
  from target t join pg_index x on x.indrelid = t.oid and x.indisclustered join pg_class i on i.oid = x.indexrelid
  union all
  select 7, format('alter publication %I add table %s%s%s', b.pubname, t.name,
    (select ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
      from pg_attribute a where a.attrelid = t.oid and a.attnum = any (l.prattrs)),
    ' where (' || pg_get_expr(l.prqual, t.oid) || ')')
  from target t join pg_publication_rel l on l.prrelid = t.oid join pg_publication b on b.oid = l.prpubid
  union all
  select 8, format('comment on %s %s is %L', t.kind, t.name, ${commentOn('t.oid', 'pg_class')})
  from target t where ${commentOn('t.oid', 'pg_class')} is not null
  union all
  select 9, format('comment on column %s.%I is %L', t.name, a.attname, d.description)
  from target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_description d on d.objoid = t.oid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum
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

/** What `obj_description` says, without being planned at each call. */
function commentOn(oid: string, catalog: string): string {
  return `(select description from pg_description where objoid = ${oid} and classoid = '${catalog}'::regclass and objsubid = 0)`
}
