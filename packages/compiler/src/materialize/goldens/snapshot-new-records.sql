-- increment: by name

-- execute
lock table "history"."people" in share row exclusive mode;

-- ask
select (clock_timestamp() at time zone 'UTC')::text as now;

-- answered [{"now":"2026-01-02 03:04:05.678"}]

-- execute (rows)
create temp table "people__strata_stage" on commit drop as
select * from "raw"."people";

-- execute
analyze pg_temp."people__strata_stage";

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."people__strata_stage"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = '"history"."people"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"},{"name":"updated_at","had":"timestamp without time zone","gets":"timestamp without time zone"},{"name":"dbt_scd_id","had":"timestamp without time zone","gets":null},{"name":"dbt_updated_at","had":"timestamp without time zone","gets":null},{"name":"dbt_valid_from","had":"timestamp without time zone","gets":null},{"name":"dbt_valid_to","had":"timestamp without time zone","gets":null},{"name":"dbt_is_deleted","had":"timestamp without time zone","gets":null}]

-- execute (its option unique_key)
select "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage" limit 0;

-- assert_empty (NULL_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce(strata_key_1::text, 'null'), 'site || ''-''=' || coalesce(strata_key_2::text, 'null')) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end as key from (select "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage") as s
where strata_key_1 is null or strata_key_2 is null
group by strata_key_1, strata_key_2 order by count(*) desc, strata_key_1, strata_key_2 limit 5;

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce(strata_key_1::text, 'null'), 'site || ''-''=' || coalesce(strata_key_2::text, 'null')) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end as key from (select "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage") as s
group by strata_key_1, strata_key_2 having count(*) > 1 order by count(*) desc, strata_key_1, strata_key_2 limit 5;

-- assert_empty (SEVERAL_CURRENT, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce(strata_key_1::text, 'null'), 'site || ''-''=' || coalesce(strata_key_2::text, 'null')) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end as key
from (select "id" as strata_key_1, (site || '-') as strata_key_2 from "history"."people" where ("dbt_valid_to" is null or "dbt_valid_to" = '9999-12-31')) as s
where strata_key_1 is not null and strata_key_2 is not null
group by strata_key_1, strata_key_2 having count(*) > 1 order by count(*) desc, strata_key_1, strata_key_2 limit 5;

-- assert_empty (EMPTY_RESULT)
select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from "history"."people"
where ("dbt_valid_to" is null or "dbt_valid_to" = '9999-12-31') and not exists (select from pg_temp."people__strata_stage") having count(*) > 0;

-- execute
create temp table "people__strata_changes" on commit drop as
select s.strata_source, t.strata_table, t.strata_row, greatest('2026-01-02 03:04:05.678'::timestamp, t."dbt_valid_from") as strata_from
from (select staged.*, staged.ctid as strata_source, "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage" as staged) as s
left join (select version.*, version.tableoid as strata_table, version.ctid as strata_row, "id" as strata_key_1, (site || '-') as strata_key_2 from "history"."people" as version where ("dbt_valid_to" is null or "dbt_valid_to" = '9999-12-31')) as t on t.strata_key_1 = s.strata_key_1 and t.strata_key_2 = s.strata_key_2
where t.strata_row is null
    or lower(t."dbt_is_deleted"::text) is not distinct from 'true'
    or t."name" is distinct from s."name";

-- execute
insert into pg_temp."people__strata_changes" (strata_table, strata_row, strata_from)
select t.strata_table, t.strata_row, greatest('2026-01-02 03:04:05.678'::timestamp, t."dbt_valid_from")
from (select version.*, version.tableoid as strata_table, version.ctid as strata_row, "id" as strata_key_1, (site || '-') as strata_key_2 from "history"."people" as version where ("dbt_valid_to" is null or "dbt_valid_to" = '9999-12-31')) as t
where not exists (select from (select "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage") as s where t.strata_key_1 = s.strata_key_1 and t.strata_key_2 = s.strata_key_2)
  and not lower(t."dbt_is_deleted"::text) is not distinct from 'true';

-- execute
analyze pg_temp."people__strata_changes";

-- execute
create temp table "people__strata_gone" on commit drop as
select t."id", t."name", t."updated_at", t."dbt_scd_id", c.strata_from
from pg_temp."people__strata_changes" as c
join "history"."people" as t on t.ctid = c.strata_row and t.tableoid = c.strata_table
where c.strata_source is null;

-- execute (changed, the columns of the snapshot)
update "history"."people" as t set "dbt_valid_to" = c.strata_from
from pg_temp."people__strata_changes" as c
where t.ctid = c.strata_row and t.tableoid = c.strata_table and c.strata_source is not null;

-- execute (deleted, the columns of the snapshot)
update "history"."people" as t set "dbt_valid_to" = c.strata_from
from pg_temp."people__strata_changes" as c
where t.ctid = c.strata_row and t.tableoid = c.strata_table and c.strata_source is null;

-- execute (inserted, the columns of the snapshot)
insert into "history"."people" ("id", "name", "updated_at", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
select s."id", s."name", s."updated_at", pg_catalog.md5(coalesce(cast(cast(s.strata_key_1 as varchar) as text), '') || '|' || coalesce(cast(cast(s.strata_key_2 as varchar) as text), '') || '|' || coalesce(cast(cast(c.strata_from as varchar) as text), '')), '2026-01-02 03:04:05.678'::timestamp, c.strata_from, '9999-12-31', 'False'
from pg_temp."people__strata_changes" as c
join (select staged.*, staged.ctid as strata_source, "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage" as staged) as s on s.strata_source = c.strata_source
where c.strata_row is null;

-- execute (the columns of the snapshot)
insert into "history"."people" ("id", "name", "updated_at", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
select s."id", s."name", s."updated_at", pg_catalog.md5(coalesce(cast(cast(s.strata_key_1 as varchar) as text), '') || '|' || coalesce(cast(cast(s.strata_key_2 as varchar) as text), '') || '|' || coalesce(cast(cast(c.strata_from as varchar) as text), '')), '2026-01-02 03:04:05.678'::timestamp, c.strata_from, '9999-12-31', 'False'
from pg_temp."people__strata_changes" as c
join (select staged.*, staged.ctid as strata_source, "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_stage" as staged) as s on s.strata_source = c.strata_source
where c.strata_row is not null;

-- execute (the columns of the snapshot)
insert into "history"."people" ("id", "name", "updated_at", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
select g."id", g."name", g."updated_at", pg_catalog.md5(coalesce(cast(cast(g."dbt_scd_id" as varchar) as text), '') || '|' || coalesce(cast(cast('2026-01-02 03:04:05.678'::timestamp as varchar) as text), '')), g.strata_from, g.strata_from, '9999-12-31', 'True'
from pg_temp."people__strata_gone" as g;
