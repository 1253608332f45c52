-- replace: was a table

-- exchange: locks
select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:publish', 0));
alter view "gold"."outer" owner to "ada";
alter view "gold"."inner" owner to "ada";
lock table "silver"."patients" in access exclusive mode;

-- exchange: statements
alter table "silver"."patients" rename to "patients__strata_old_16400";
create view "silver"."patients" as
select 2 as id;

-- exchange: repoint
create or replace view "gold"."inner" with (security_barrier=true) as
 SELECT patients.id FROM silver.patients;
create or replace view "gold"."outer" as
 SELECT i.id FROM gold."inner" i JOIN silver.patients p USING (id);

-- exchange: drop the former table "patients__strata_old_16400"

-- exchange: carry over
do 'begin execute ''grant select on silver.patients to reader''; exception when undefined_column then null; end';
alter table silver.patients owner to ada;
