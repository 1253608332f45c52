-- rebuild: full table

-- execute
create temp table "sites__strata_sample" on commit drop as
select * from (
select id, name from bronze.sites
) as sample limit 0;

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."sites__strata_sample"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."sites"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"},{"name":"city","had":null,"gets":"text"}]

-- alter first (adds city)
alter table "silver"."sites" add column "city" text;

-- execute (rows)
create temp table "sites__strata_stage" on commit drop as
select id, name from bronze.sites;

-- execute
analyze pg_temp."sites__strata_stage";

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."sites__strata_stage"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."sites"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"},{"name":"city","had":null,"gets":"text"}]: full table, in place

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce("id"::text, 'null')) || ': ' || count(*)::text || ' rows' as key from pg_temp."sites__strata_stage"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (deleted)
delete from "silver"."sites" as t
where not (t."id" is null)
  and not exists (select from pg_temp."sites__strata_stage" as s where t."id" = s."id");

-- execute (deleted)
delete from "silver"."sites" as t
where (t."id" is null)
  and not exists (select from pg_temp."sites__strata_stage" as s where t."id" is null);

-- execute (changed)
update "silver"."sites" as t set "name" = s."name", "city" = s."city"
from pg_temp."sites__strata_stage" as s
where s."id" is not null
  and t."id" = s."id"
  and row(t."name", t."city")::record *<> row(s."name", s."city")::record;

-- execute (changed)
update "silver"."sites" as t set "name" = s."name", "city" = s."city"
from pg_temp."sites__strata_stage" as s
where s."id" is null
  and t."id" is null
  and row(t."name", t."city")::record *<> row(s."name", s."city")::record;

-- execute (inserted)
insert into "silver"."sites" ("id", "name", "city")
select s."id", s."name", s."city" from pg_temp."sites__strata_stage" as s
where s."id" is not null
  and not exists (select from "silver"."sites" as t where t."id" = s."id");

-- execute (inserted)
insert into "silver"."sites" ("id", "name", "city")
select s."id", s."name", s."city" from pg_temp."sites__strata_stage" as s
where s."id" is null
  and not exists (select from "silver"."sites" as t where t."id" is null);

-- execute
analyze "silver"."sites";
