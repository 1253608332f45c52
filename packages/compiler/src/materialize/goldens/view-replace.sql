-- replace: SQL or configuration changed

-- exchange: statements
create or replace view "silver"."patients" with (security_invoker=true) as
select 2 as id;

-- otherwise, on 42P16:

-- exchange: locks
select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:publish', 0));
alter view "gold"."outer" owner to "ada";
alter view "gold"."inner" owner to "ada";

-- exchange: statements
alter view "silver"."patients" rename to "patients__strata_old_16400";
create view "silver"."patients" with (security_invoker=true) as
select 2 as id;

-- exchange: repoint
create or replace view "gold"."inner" with (security_barrier=true) as
 SELECT patients.id FROM silver.patients;
create or replace view "gold"."outer" as
 SELECT i.id FROM gold."inner" i JOIN silver.patients p USING (id);

-- exchange: drop the former view "patients__strata_old_16400"

-- exchange: carry over
do 'begin execute ''grant select on silver.patients to reader''; exception when undefined_column then null; end';
do 'begin execute ''comment on column silver.patients.name is ''''It''''''''s a name''''''; exception when undefined_column then null; end';
create policy own on silver.patients as permissive for select to public using (true);
alter table silver.patients owner to ada;
