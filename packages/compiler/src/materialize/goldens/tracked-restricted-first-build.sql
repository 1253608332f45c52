-- build: first build

-- execute (rows)
create table "silver"."patients" as
select id, name from "bronze"."patients";

-- assert_empty (RESERVED_COLUMN)
select attname as key from pg_attribute
where attrelid = '"silver"."patients"'::regclass and attname = 'changed_xid';

-- execute
alter table "silver"."patients" add column "changed_xid" xid8 not null default pg_current_xact_id();

-- execute
select strata.keep_former_rows('"silver"."patients"'::regclass);

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select 'one key: ' || count(*)::text || ' rows' as key from "silver"."patients"
group by "id" having count(*) > 1
order by count(*) desc, "id" limit 5;

-- execute (its option unique_key)
create unique index "patients__strata_key" on "silver"."patients" ("id") nulls not distinct;

-- execute (its option unique_key)
create index "patients__strata_changed" on "silver"."patients" ("changed_xid");

-- execute
analyze "silver"."patients";
