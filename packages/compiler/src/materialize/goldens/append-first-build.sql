-- build: first build

-- the bound is left in strata.snapshot

-- execute (rows)
create table "silver"."patients" as
select * from (
select id, name from "bronze"."patients"
) as whole
where (select set_config('strata.snapshot', pg_current_snapshot()::text, true)) is not null;

-- execute
analyze "silver"."patients";
