-- alter: its grants or comments changed

-- execute (its option grants)
grant select on "silver"."sites" to "reader", "Ann Lee", public;

-- execute
comment on view "silver"."sites" is 'All sites';

-- execute
do '
declare described record;
begin
  for described in
    select a.attname, d.comment from (values
    (''id'', ''Its key'')
    ) as d (name, comment)
    join pg_attribute a on a.attname = d.name and a.attrelid = ''"silver"."sites"''::regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format(''comment on column %s.%I is %L'', ''"silver"."sites"'', described.attname, described.comment);
  end loop;
end';
