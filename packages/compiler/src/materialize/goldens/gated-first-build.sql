-- build: first build

-- execute (rows)
create table "silver"."sites" as
select id, name from bronze.sites;

-- execute
analyze "silver"."sites";
