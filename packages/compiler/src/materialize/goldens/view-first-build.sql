-- build: first build

-- execute
create view "silver"."patients" as
select 1 as id;

-- execute
comment on view "silver"."patients" is 'It''s one';
