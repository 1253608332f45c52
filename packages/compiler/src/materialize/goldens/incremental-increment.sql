-- increment: incremental

-- execute
create temp table "patients" on commit drop as
select * from "bronze"."patients"
where "changed_xid" >= pg_snapshot_xmin('100:110:'::pg_snapshot)
  and not pg_visible_in_snapshot("changed_xid", '100:110:'::pg_snapshot)
  and pg_visible_in_snapshot("changed_xid", '200:210:205'::pg_snapshot);

-- execute
analyze pg_temp."patients";

-- execute (rows)
create temp table "patients__strata_stage" on commit drop as
select id, name from pg_temp."patients";

-- execute
analyze pg_temp."patients__strata_stage";

-- assert_empty (COLUMNS_CHANGED)
select attname || case when has.type is null then ' is new' when gets.type is null then ' is gone'
  else ' was ' || has.type || ' and is ' || gets.type end as key
from (select attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."patients__strata_stage"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"silver"."patients"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
where gets.type is distinct from has.type
order by attname limit 5;

-- assert_empty (DUPLICATE_KEYS)
select concat_ws(', ', 'id=' || coalesce("id"::text, 'null')) || ': ' || count(*) || ' rows' as key from pg_temp."patients__strata_stage"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (changed)
update "silver"."patients" as t set "name" = s."name"
from pg_temp."patients__strata_stage" as s
where s."id" is not null
  and t."id" = s."id"
  and row(t."name")::record *<> row(s."name")::record;

-- execute (changed)
update "silver"."patients" as t set "name" = s."name"
from pg_temp."patients__strata_stage" as s
where s."id" is null
  and t."id" is null
  and row(t."name")::record *<> row(s."name")::record;

-- execute (inserted)
insert into "silver"."patients" ("id", "name")
select s."id", s."name" from pg_temp."patients__strata_stage" as s
where s."id" is not null
  and not exists (select from "silver"."patients" as t where t."id" = s."id");

-- execute (inserted)
insert into "silver"."patients" ("id", "name")
select s."id", s."name" from pg_temp."patients__strata_stage" as s
where s."id" is null
  and not exists (select from "silver"."patients" as t where t."id" is null);
