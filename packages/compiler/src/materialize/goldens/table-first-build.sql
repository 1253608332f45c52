-- build: first build

-- execute (rows)
create table "silver"."patients" as
select id, name from "bronze"."patients";

-- execute
analyze "silver"."patients";

-- execute
do '
declare described record;
begin
  for described in
    select a.attname, d.comment from (values
    (''id'', ''The record''''s id''),
    (''ghost'', ''not there'')
    ) as d (name, comment)
    join pg_attribute a on a.attname = d.name and a.attrelid = ''"silver"."patients"''::regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format(''comment on column %s.%I is %L'', ''"silver"."patients"'', described.attname, described.comment);
  end loop;
end';
