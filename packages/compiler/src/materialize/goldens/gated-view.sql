-- replace: SQL or configuration changed

-- execute
create view "silver"."sites__strata_probe" as
select id, name from bronze.sites;

-- gate on silver.sites__strata_probe

-- execute
drop view "silver"."sites__strata_probe";

-- exchange: statements
create or replace view "silver"."sites" as
select id, name from bronze.sites;

-- otherwise, on 42P16:

-- exchange: statements
alter view "silver"."sites" rename to "sites__strata_old_16400";
create view "silver"."sites" as
select id, name from bronze.sites;

-- exchange: drop the former view "sites__strata_old_16400"
