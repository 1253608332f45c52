-- rebuild: was a table

-- execute (rows)
create materialized view "silver"."sites__strata_new" with (autovacuum_enabled=false, fillfactor=90) as
select id, name from bronze.sites;

-- execute (its option unique_key)
select from "silver"."sites__strata_new" where false group by "id" order by "id";

-- attempt
create unique index "sites__strata_key__strata_new" on "silver"."sites__strata_new" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."sites__strata_key__strata_new"') is not null as made;

-- answered [{"made":true}]

-- execute (the index by_hand, which somebody made)
do 'begin execute ''create index "by_hand__strata_new" on "silver"."sites__strata_new" USING gin (to_tsvector(name))''; exception when undefined_column then null; end';

-- execute
analyze "silver"."sites__strata_new";

-- exchange: locks
lock table "silver"."sites" in access exclusive mode;

-- exchange: statements
alter table "silver"."sites" rename to "sites__strata_old_16400";
alter materialized view "silver"."sites__strata_new" rename to "sites";
alter index "silver"."sites__strata_key" rename to "sites__strata_key_old_16400";
alter index "silver"."by_hand" rename to "by_hand_old_16400";
alter index "silver"."sites__strata_key__strata_new" rename to "sites__strata_key";
alter index if exists "silver"."by_hand__strata_new" rename to "by_hand";

-- exchange: drop the former table "sites__strata_old_16400"
