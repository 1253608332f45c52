-- rebuild: built anew, for it has no unique index to be refreshed by

-- execute (rows)
create materialized view "silver"."sites__strata_new" as
select id, name from bronze.sites;

-- execute
analyze "silver"."sites__strata_new";

-- exchange: statements
alter materialized view "silver"."sites" rename to "sites__strata_old_16400";
alter materialized view "silver"."sites__strata_new" rename to "sites";

-- exchange: drop the former materialized_view "sites__strata_old_16400"
