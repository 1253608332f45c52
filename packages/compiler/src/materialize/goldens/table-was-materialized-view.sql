-- rebuild: was a materialized view

-- execute (rows)
create table "silver"."sites__strata_new" as
select id, name from bronze.sites;

-- execute (the index by_hand, which somebody made)
do 'begin execute ''create index "by_hand__strata_new" on "silver"."sites__strata_new" USING btree (name)''; exception when undefined_column then null; end';

-- execute
analyze "silver"."sites__strata_new";

-- exchange: statements
alter materialized view "silver"."sites" rename to "sites__strata_old_16400";
alter table "silver"."sites__strata_new" rename to "sites";
alter index "silver"."by_hand" rename to "by_hand_old_16400";
alter index if exists "silver"."by_hand__strata_new" rename to "by_hand";

-- exchange: drop the former materialized_view "sites__strata_old_16400"
