-- build: first build

-- execute (rows)
create materialized view "silver"."sites" with (fillfactor=70) as
select id, name from bronze.sites;

-- execute (its option unique_key)
select from "silver"."sites" where false group by "id" order by "id";

-- attempt
create unique index "sites__strata_key" on "silver"."sites" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."sites__strata_key"') is not null as made;

-- answered [{"made":true}]

-- execute (its option indexes)
create unique index "sites__strata_36a4c3bf9e" on "silver"."sites" ("name", "order");

-- execute (its option indexes)
create index "sites_by_name" on "silver"."sites" using "hash" (lower(name)) where id > 0;

-- execute
comment on index "silver"."sites_by_name" is 'made by Strata: 43bd6b4a29';

-- execute
analyze "silver"."sites";

-- execute (its option grants)
grant select on "silver"."sites" to "reader", "Ann Lee", public;
