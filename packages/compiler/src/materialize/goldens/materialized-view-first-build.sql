-- build: first build

-- execute (rows)
create materialized view "silver"."sites" with (fillfactor=70) as
select id, name from bronze.sites;

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce("id"::text, 'null')) || ': ' || count(*)::text || ' rows' as key from "silver"."sites"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (its option unique_key)
create unique index "sites__strata_key" on "silver"."sites" ("id") nulls not distinct;

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
