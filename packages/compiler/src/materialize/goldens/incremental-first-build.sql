-- build: first build

-- execute (rows)
create table "silver"."patients" as
select id, name from "bronze"."patients";

-- execute (its option unique_key)
select from "silver"."patients" where false group by "id" order by "id";

-- attempt
create unique index "patients__strata_key" on "silver"."patients" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."patients__strata_key"') is not null as made;

-- execute
analyze "silver"."patients";
