-- rebuild: full refresh

-- execute (rows)
create table "silver"."patients__strata_new" as
select id, name from "bronze"."patients";

-- assert_empty (EMPTY_RESULT)
select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from "silver"."patients"
where not exists (select from "silver"."patients__strata_new") having count(*) > 0;

-- execute (its option unique_key)
select from "silver"."patients__strata_new" where false group by "id" order by "id";

-- attempt
create unique index "patients__strata_key__strata_new" on "silver"."patients__strata_new" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."patients__strata_key__strata_new"') is not null as made;

-- execute (the index by_hand, which somebody made)
do 'begin execute ''create index "by_hand__strata_new" on "silver"."patients__strata_new" USING btree (name)''; exception when undefined_column then null; end';

-- execute
analyze "silver"."patients__strata_new";

-- exchange: locks
select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:publish', 0));
alter view "gold"."outer" owner to "ada";
alter view "gold"."inner" owner to "ada";
lock table "silver"."patients" in access exclusive mode;

-- exchange: statements
alter table "silver"."patients" rename to "patients__strata_old_16400";
alter table "silver"."patients__strata_new" rename to "patients";
alter index "silver"."patients__strata_key" rename to "patients__strata_key_old_16400";
alter index "silver"."by_hand" rename to "by_hand_old_16400";
alter index "silver"."patients__strata_key__strata_new" rename to "patients__strata_key";
alter index if exists "silver"."by_hand__strata_new" rename to "by_hand";

-- exchange: repoint
create or replace view "gold"."inner" with (security_barrier=true) as
 SELECT patients.id FROM silver.patients;
create or replace view "gold"."outer" as
 SELECT i.id FROM gold."inner" i JOIN silver.patients p USING (id);

-- exchange: drop the former table "patients__strata_old_16400"

-- exchange: carry over
do 'begin execute ''grant select on silver.patients to reader''; exception when undefined_column then null; end';
do 'begin execute ''comment on column silver.patients.name is ''''It''''''''s a name''''''; exception when undefined_column then null; end';
create policy own on silver.patients as permissive for select to public using (true);
alter table silver.patients owner to ada;
