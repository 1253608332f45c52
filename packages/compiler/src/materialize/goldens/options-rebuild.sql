-- rebuild: full table

-- execute (rows)
create unlogged table "silver"."sites__strata_new" with (autovacuum_enabled=false, fillfactor=70) as
select id, name from bronze.sites;

-- execute (its option indexes)
create unique index "sites__strata_36a4c3bf9e__strata_new" on "silver"."sites__strata_new" ("name", "order");

-- execute (its option indexes)
create index "sites_by_name__strata_new" on "silver"."sites__strata_new" using "hash" (lower(name)) where id > 0;

-- execute
comment on index "silver"."sites_by_name__strata_new" is 'made by Strata: 43bd6b4a29';

-- execute (NOT NULL of column name, which somebody set)
do 'begin execute ''alter table "silver"."sites__strata_new" alter column "name" set not null''; exception when undefined_column then null; end';

-- execute (the constraint positive, which somebody added)
alter table "silver"."sites__strata_new" add constraint "positive" CHECK ((id > 0));

-- execute (the constraint sites_name_key, which somebody added)
alter table "silver"."sites__strata_new" add constraint "sites_name_key__strata_new" UNIQUE (name);

-- execute (the index by_hand, which somebody made)
do 'begin execute ''create index "by_hand__strata_new" on "silver"."sites__strata_new" USING gin (to_tsvector(name))''; exception when undefined_column then null; end';

-- execute
analyze "silver"."sites__strata_new";

-- execute (the constraint known, which somebody added)
alter table "silver"."sites__strata_new" add constraint "known" FOREIGN KEY (id) REFERENCES public.ids(id);

-- exchange: locks
lock table "silver"."sites" in access exclusive mode;

-- exchange: statements
alter table "silver"."sites" rename to "sites__strata_old_16400";
alter table "silver"."sites__strata_new" rename to "sites";
alter index "silver"."by_hand" rename to "by_hand_old_16400";
alter index "silver"."sites_name_key" rename to "sites_name_key_old_16400";
alter index "silver"."sites_by_name" rename to "sites_by_name_old_16400";
alter index "silver"."sites__strata_36a4c3bf9e__strata_new" rename to "sites__strata_36a4c3bf9e";
alter index "silver"."sites_by_name__strata_new" rename to "sites_by_name";
alter index if exists "silver"."by_hand__strata_new" rename to "by_hand";
alter index if exists "silver"."sites_name_key__strata_new" rename to "sites_name_key";

-- exchange: drop the former table "sites__strata_old_16400"

-- execute (its option grants)
revoke select on "silver"."sites" from "eve";

-- execute (its option grants)
grant select on "silver"."sites" to "Ann Lee", public;

-- execute (its option grants)
revoke insert on "silver"."sites" from "eve";
