-- rebuild: was a view

-- execute (rows)
create table "silver"."patients__strata_new" as
select id, name from "bronze"."patients";

-- execute
analyze "silver"."patients__strata_new";

-- exchange: statements
alter view "silver"."patients" rename to "patients__strata_old_16400";
alter table "silver"."patients__strata_new" rename to "patients";

-- exchange: drop the former view "patients__strata_old_16400"

-- exchange: carry over
do 'begin execute ''grant select on silver.patients to reader''; exception when undefined_column then null; end';
alter table silver.patients owner to ada;
