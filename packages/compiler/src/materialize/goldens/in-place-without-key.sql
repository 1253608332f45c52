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

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"}]

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

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"}]: full table, in place, for others are bound to it: materialized view gold.by_site

-- execute (deleted)
delete from "silver"."sites" as t using (
  select ctid, image, row_number() over (partition by image) as copy from (select ctid, row(r."id", r."name")::text as image from "silver"."sites" as r) as images
) as had
where t.ctid = had.ctid
  and not exists (select from (
  select image, row_number() over (partition by image) as copy from (select row(r."id", r."name")::text as image from pg_temp."sites__strata_stage" as r) as images
) as gets where gets.image = had.image and gets.copy = had.copy);

-- execute (inserted)
insert into "silver"."sites" ("id", "name")
select s."id", s."name" from pg_temp."sites__strata_stage" as s join (
  select ctid, image, row_number() over (partition by image) as copy from (select ctid, row(r."id", r."name")::text as image from pg_temp."sites__strata_stage" as r) as images
) as gets on gets.ctid = s.ctid
where not exists (select from (
  select image, row_number() over (partition by image) as copy from (select row(r."id", r."name")::text as image from "silver"."sites" as r) as images
) as has where has.image = gets.image and has.copy = gets.copy);

-- execute
analyze "silver"."sites";
