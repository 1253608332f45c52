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
