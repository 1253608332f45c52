import type { Migration } from '@strata/core'

/**
 * Rows that leave a relation leave no trace in it, so that nobody who reads only what is new could know of them. Beside a
 * relation whose increments are read, `strata.former_<oid>` therefore keeps what its changed and deleted rows were, each
 * with the transaction that ended it, until every reader has gone past it. Triggers write it, whoever changes the
 * relation; once a statement, so that a landing of new records costs nothing.
 */
export const formerRowsMigration: Migration = {
  version: 4,
  name: 'former rows of relations whose increments are read',
  statements: [
    `create table strata.former (
  relation_oid oid primary key,
  since xid8 not null default pg_current_xact_id(),
  pruned xid8,
  written_by xid8 not null default pg_current_xact_id()
)`,
    `comment on table strata.former is 'Relations whose former rows are kept in strata.former_<oid>.'`,
    `comment on column strata.former.since is 'The transaction that began to keep them.'`,
    `comment on column strata.former.pruned is 'Rows that ended in an earlier transaction may be gone.'`,
    // A domain may refuse what was there before, and a length may change: former rows have neither.
    `create function strata.plain_type(type oid) returns oid
language sql stable set search_path = pg_catalog, pg_temp as $plain$
  with recursive base as (
    select t.oid, t.typbasetype from pg_catalog.pg_type t where t.oid = type
    union all
    select t.oid, t.typbasetype from base b join pg_catalog.pg_type t on t.oid = b.typbasetype
  )
  select oid from base where typbasetype = 0
$plain$`,
    // Whoever may write to the relation makes it run: it must find nothing in a temporary schema.
    `create function strata.note_former_rows() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $note$
declare
  former text := 'former_' || tg_relid;
  shared text;
begin
  -- A relation that came out of a dump still names the oid that it had.
  if tg_argv[0]::oid <> tg_relid or to_regclass('strata.' || former) is null then return null; end if;
  if tg_op <> 'TRUNCATE' and not exists (select from pg_catalog.pg_trigger t
    where t.tgrelid = tg_relid and t.tgname = tg_name and t.tgoldtable = 'former_rows') then return null; end if;
  select string_agg(quote_ident(f.attname), ', ') into shared
  from pg_catalog.pg_attribute f
  join pg_catalog.pg_attribute r on r.attname = f.attname and strata.plain_type(r.atttypid) = f.atttypid
  where f.attrelid = to_regclass('strata.' || former) and r.attrelid = tg_relid
    and f.attnum > 0 and r.attnum > 0 and not f.attisdropped and not r.attisdropped;
  execute format('insert into strata.%1$I (%2$s) select %2$s from %3$s', former, shared,
    case tg_op when 'TRUNCATE' then tg_relid::regclass::text else 'former_rows' end);
  return null;
end
$note$`,
    // Statement triggers see what is written to the relation that a statement names, not to its partitions or parents.
    `create function strata.has_relatives(relation oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $relatives$
  select exists (select from pg_catalog.pg_inherits i where relation in (i.inhrelid, i.inhparent))
    or exists (select from pg_catalog.pg_class c where c.oid = relation and c.relkind = 'p')
$relatives$`,
    `create function strata.keeps_former_rows(relation oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $keeps$
  select exists (select from strata.former f where f.relation_oid = relation and f.xmin = f.written_by::xid)
    and not strata.has_relatives(relation)
    and 3 = (select count(*) from pg_catalog.pg_trigger t
      where t.tgrelid = relation and t.tgname like 'strata\\_former\\_%' and t.tgenabled <> 'D'
        and t.tgargs = convert_to(relation::text, 'SQL_ASCII') || '\\x00'::bytea)
    and not exists (select attname, strata.plain_type(atttypid) from pg_catalog.pg_attribute
        where attrelid = relation and attnum > 0 and not attisdropped
      except select attname, atttypid from pg_catalog.pg_attribute
        where attrelid = to_regclass('strata.former_' || relation) and not attisdropped)
$keeps$`,
    `create function strata.former_columns(relation oid) returns table (name name, type text)
language sql stable set search_path = pg_catalog, pg_temp as $columns$
  select a.attname, format('%I.%I', n.nspname, t.typname)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = strata.plain_type(a.atttypid)
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
  order by a.attnum
$columns$`,
    `create function strata.keep_former_rows(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $keep$
declare
  former text := 'former_' || relation::oid;
  writer name := (select pg_get_userbyid(p.proowner) from pg_catalog.pg_proc p where p.oid = 'strata.note_former_rows()'::regprocedure);
  wanted record;
begin
  if strata.has_relatives(relation) then return; end if;
  perform pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:' || former, 0));
  if strata.keeps_former_rows(relation) then return; end if;
  if exists (select from strata.former f where f.relation_oid = relation and f.xmin = f.written_by::xid)
    and to_regclass('strata.' || former) is not null
    and not exists (select from pg_catalog.pg_attribute f join pg_catalog.pg_attribute r on r.attname = f.attname
      where f.attrelid = to_regclass('strata.' || former) and r.attrelid = relation
        and f.attnum > 0 and r.attnum > 0 and f.atttypid <> strata.plain_type(r.atttypid))
    and 3 = (select count(*) from pg_catalog.pg_trigger t where t.tgrelid = relation and t.tgname like 'strata\\_former\\_%'
      and t.tgenabled <> 'D')
  then
    for wanted in select * from strata.former_columns(relation) c where not exists (
      select from pg_catalog.pg_attribute f where f.attrelid = to_regclass('strata.' || former) and f.attname = c.name)
    loop
      execute format('alter table strata.%I add column %I %s', former, wanted.name, wanted.type);
    end loop;
    -- Of the rows that are there nobody knows what the new columns held.
    execute format('select count(*) from (select from strata.%I limit 1) as one', former) into wanted;
    if wanted.count > 0 then
      update strata.former set since = pg_current_xact_id(), written_by = default where relation_oid = relation;
    end if;
    return;
  end if;
  execute format('drop table if exists strata.%I', former);
  execute format('create table strata.%I (%s, strata_left_xid xid8 not null default pg_current_xact_id())', former,
    (select string_agg(format('%I %s', c.name, c.type), ', ') from strata.former_columns(relation) c));
  -- Default privileges would show the rows to those whom policies of the relation keep from them.
  for wanted in
    select distinct case a.grantee when 0 then 'public' else format('%I', pg_get_userbyid(a.grantee)) end as grantee
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.oid = to_regclass('strata.' || former) and a.grantee <> c.relowner
  loop
    execute format('revoke all on strata.%I from %s', former, wanted.grantee);
  end loop;
  if writer <> current_user then execute format('grant insert on strata.%I to %I', former, writer); end if;
  execute format('create index on strata.%I (strata_left_xid)', former);
  execute format('create or replace trigger strata_former_update after update on %s
    referencing old table as former_rows for each statement execute function strata.note_former_rows(%L)', relation, relation::oid);
  execute format('create or replace trigger strata_former_delete after delete on %s
    referencing old table as former_rows for each statement execute function strata.note_former_rows(%L)', relation, relation::oid);
  execute format('create or replace trigger strata_former_truncate before truncate on %s
    for each statement execute function strata.note_former_rows(%L)', relation, relation::oid);
  -- Replicated changes are changes too.
  execute format('alter table %s enable always trigger strata_former_update, enable always trigger strata_former_delete,
    enable always trigger strata_former_truncate', relation);
  delete from strata.former where relation_oid = relation;
  insert into strata.former (relation_oid) values (relation);
end
$keep$`,
    `create function strata.prune_former_rows(relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $prune$
declare
  consumed xid8;
  orphan oid;
begin
  if not pg_try_advisory_xact_lock(pg_catalog.hashtextextended('strata:former', 0)) then return; end if;
  for orphan in select relation_oid from strata.former f
    where not exists (select from pg_catalog.pg_class c where c.oid = f.relation_oid)
  loop
    execute format('drop table if exists strata.%I', 'former_' || orphan);
    delete from strata.former where relation_oid = orphan;
  end loop;
  select min(pg_snapshot_xmin(w.snapshot)) into consumed from strata.watermarks w
  where w.source_oid = relation and exists (select from pg_catalog.pg_class c where c.oid = w.relation_oid);
  if consumed is null or to_regclass('strata.former_' || relation) is null then return; end if;
  update strata.former set pruned = consumed, written_by = default
  where relation_oid = relation and (pruned is null or pruned < consumed);
  execute format('delete from strata.%I where strata_left_xid < $1', 'former_' || relation) using consumed;
end
$prune$`,
    `create function strata.forget_former_rows() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $forget$
declare
  unread oid;
begin
  perform strata.prune_former_rows(0);
  for unread in select relation_oid from strata.former f
    where not exists (select from strata.watermarks w where w.source_oid = f.relation_oid)
  loop
    -- Without the table the triggers do nothing; only the owner of the relation can drop them.
    begin
      execute format('drop trigger if exists strata_former_update on %s', unread::regclass);
      execute format('drop trigger if exists strata_former_delete on %s', unread::regclass);
      execute format('drop trigger if exists strata_former_truncate on %s', unread::regclass);
    exception when insufficient_privilege then null;
    end;
    execute format('drop table if exists strata.%I', 'former_' || unread);
    delete from strata.former where relation_oid = unread;
  end loop;
end
$forget$`,
  ],
}
