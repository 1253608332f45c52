-- build: first build

create table "silver"."countries" (
  "code" text,
  "Sort ""order""" numeric(10,2)
);

-- the rows go into "silver"."countries"

analyze "silver"."countries";

comment on table "silver"."countries" is 'The world''s countries';

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
