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

-- answered [{"name":"id","had":"integer","gets":"bigint"}]

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

-- answered [{"name":"id","had":"integer","gets":"bigint"}]: rebuild

-- execute
create table "silver"."sites__strata_new" as
select * from pg_temp."sites__strata_stage";

-- execute (its option unique_key)
select from "silver"."sites__strata_new" where false group by "id" order by "id";

-- attempt
create unique index "sites__strata_key__strata_new" on "silver"."sites__strata_new" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."sites__strata_key__strata_new"') is not null as made;

-- answered [{"made":true}]

-- execute
analyze "silver"."sites__strata_new";

-- exchange: locks
lock table "silver"."sites" in access exclusive mode;

-- exchange: statements
alter table "silver"."sites" rename to "sites__strata_old_16400";
alter table "silver"."sites__strata_new" rename to "sites";
alter index "silver"."sites__strata_key" rename to "sites__strata_key_old_16400";
alter index "silver"."sites__strata_key__strata_new" rename to "sites__strata_key";

-- exchange: drop the former table "sites__strata_old_16400"
