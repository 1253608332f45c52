-- build: first build

-- execute (rows)
create table "silver"."patients" as
select id, name from "bronze"."patients";

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce("id"::text, 'null')) || ': ' || count(*)::text || ' rows' as key from "silver"."patients"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (its option unique_key)
create unique index "patients__strata_key" on "silver"."patients" ("id") nulls not distinct;

-- execute
analyze "silver"."patients";
