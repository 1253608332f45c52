-- none: unchanged

-- execute
create temp view "sites__strata_probe" as
select * from bronze.sites;

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"pg_temp"."sites__strata_probe"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."sites"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"},{"name":"city","had":null,"gets":"text"}]: replace: its SELECT yields other columns

-- execute
drop view "pg_temp"."sites__strata_probe";

-- exchange: statements
create or replace view "silver"."sites" as
select * from bronze.sites;

-- otherwise, on 42P16:

-- exchange: statements
alter view "silver"."sites" rename to "sites__strata_old_16400";
create view "silver"."sites" as
select * from bronze.sites;

-- exchange: drop the former view "sites__strata_old_16400"
