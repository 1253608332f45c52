-- rebuild: full table

-- execute (rows)
create table "silver"."sites__strata_new" as
select id, name from bronze.sites;

-- execute
analyze "silver"."sites__strata_new";

-- gate on silver.sites__strata_new

-- exchange: locks
lock table "silver"."sites" in access exclusive mode;

-- exchange: statements
alter table "silver"."sites" rename to "sites__strata_old_16400";
alter table "silver"."sites__strata_new" rename to "sites";

-- exchange: drop the former table "sites__strata_old_16400"
