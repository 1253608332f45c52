-- rebuild: was a view

create table "silver"."countries__strata_new" (
  "code" text,
  "Sort ""order""" numeric(10,2)
);

-- the rows go into "silver"."countries__strata_new"

analyze "silver"."countries__strata_new";

-- exchange
select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:publish', 0));
alter view "gold"."codes" owner to "ada";
alter view "silver"."countries" rename to "countries__strata_old_16400";
alter table "silver"."countries__strata_new" rename to "countries";
create or replace view "gold"."codes" with (security_barrier=true) as
 SELECT countries.code FROM silver.countries;
-- drop the former view "countries__strata_old_16400"
do 'begin execute ''grant select on silver.countries to reader''; exception when undefined_column then null; end';

do '
declare described record;
begin
  for described in
    select a.attname, d.comment from (values
    (''code'', ''ISO 3166'')
    ) as d (name, comment)
    join pg_attribute a on a.attname = d.name and a.attrelid = ''"silver"."countries"''::regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format(''comment on column %s.%I is %L'', ''"silver"."countries"'', described.attname, described.comment);
  end loop;
end';
