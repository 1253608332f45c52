-- increment: incremental

-- execute (rows)
create temp table "sites__strata_stage" on commit drop as
select id, name from bronze.sites;

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."sites__strata_stage"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."sites"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"}]

-- execute
analyze pg_temp."sites__strata_stage" ("id");

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce("id"::text, 'null')) || ': ' || count(*)::text || ' rows' as key from pg_temp."sites__strata_stage"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (changed)
update "silver"."sites" as t set "name" = s."name"
from pg_temp."sites__strata_stage" as s
where s."id" is not null
  and t."id" = s."id"
  and row(t."name")::record *<> row(s."name")::record;

-- execute (changed)
update "silver"."sites" as t set "name" = s."name"
from pg_temp."sites__strata_stage" as s
where s."id" is null
  and t."id" is null
  and row(t."name")::record *<> row(s."name")::record;

-- execute (inserted)
insert into "silver"."sites" ("id", "name")
select s."id", s."name" from pg_temp."sites__strata_stage" as s
where s."id" is not null
  and not exists (select from "silver"."sites" as t where t."id" = s."id");

-- execute (inserted)
insert into "silver"."sites" ("id", "name")
select s."id", s."name" from pg_temp."sites__strata_stage" as s
where s."id" is null
  and not exists (select from "silver"."sites" as t where t."id" is null);

-- exchange: statements
alter table "silver"."sites" set (fillfactor=70);

-- exchange: statements
alter table "silver"."sites" set unlogged;

-- execute (its option grants)
revoke select on "silver"."sites" from "eve";

-- execute (its option grants)
grant select on "silver"."sites" to "Ann Lee", public;

-- execute (its option grants)
revoke insert on "silver"."sites" from "eve";

-- after the commit (its option indexes)
create unique index concurrently "sites__strata_36a4c3bf9e" on "silver"."sites" ("name", "order");

-- after the commit (its option indexes)
create index concurrently "sites_by_name__strata_next" on "silver"."sites" using "hash" (lower(name)) where id > 0;

-- after the commit (its option indexes)
drop index concurrently if exists "silver"."sites__strata_0123456789";

-- after the commit (its option indexes)
drop index concurrently if exists "silver"."sites_by_name";

-- after the commit (its option indexes)
alter index "silver"."sites_by_name__strata_next" rename to "sites_by_name";

-- after the commit (its option indexes)
comment on index "silver"."sites_by_name" is 'made by Strata: 43bd6b4a29';
