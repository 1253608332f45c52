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

-- execute (its option unique_key)
select from "silver"."patients" where false group by "id" order by "id";

-- attempt
create unique index "patients__strata_key" on "silver"."patients" ("id") nulls not distinct;

-- otherwise, on SQLSTATE 22:


-- ask
select to_regclass('"silver"."patients__strata_key"') is not null as made;

-- execute (its option unique_key)
create index "patients__strata_changed" on "silver"."patients" ("changed_xid");

-- execute
analyze "silver"."patients";
