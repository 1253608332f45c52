-- increment: incremental

-- execute
create temp table "patients" on commit drop as
select * from "bronze"."patients"
where "changed_xid" >= pg_snapshot_xmin('100:110:'::pg_snapshot)
  and not pg_visible_in_snapshot("changed_xid", '100:110:'::pg_snapshot)
  and pg_visible_in_snapshot("changed_xid", '200:210:205'::pg_snapshot);

-- execute
analyze pg_temp."patients";

-- execute
create temp table "patients_2" on commit drop as
select * from "old"."patients"
where "changed_xid" >= pg_snapshot_xmin('90:90:'::pg_snapshot)
  and not pg_visible_in_snapshot("changed_xid", '90:90:'::pg_snapshot)
  and pg_visible_in_snapshot("changed_xid", '200:210:205'::pg_snapshot);

-- execute
analyze pg_temp."patients_2";

-- execute (rows)
create temp table "patients__strata_stage" on commit drop as
select * from pg_temp."patients" as p join pg_temp."patients_2" as o using (id);

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."patients__strata_stage"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."patients"'::regclass and attnum > 0 and not attisdropped and attname <> 'changed_xid') as has using (attname)
order by gets.attnum, has.attnum;

-- after the commit (its option unique_key)
create index concurrently "patients__strata_changed" on "silver"."patients" ("changed_xid");
