-- build: first build

-- ask
select (clock_timestamp() at time zone 'UTC')::text as now;

-- answered [{"now":"2026-01-02 03:04:05.678"}]

-- execute
create temp table "people__strata_sample" on commit drop as
select * from (
select * from "raw"."people"
) as sample limit 0;

-- ask
select attname::text as name, has.type as had, gets.type as gets
from (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."people__strata_sample"'::regclass and attnum > 0 and not attisdropped) as gets
full join (select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'pg_temp."people__strata_sample"'::regclass and attnum > 0 and not attisdropped) as has using (attname)
order by gets.attnum, has.attnum;

-- answered [{"name":"id","had":"integer","gets":"integer"},{"name":"name","had":"text","gets":"text"},{"name":"updated_at","had":"timestamp without time zone","gets":"timestamp without time zone"}]

-- execute (its option unique_key)
select "id" as strata_key_1, (site || '-') as strata_key_2 from pg_temp."people__strata_sample" limit 0;

-- execute (rows)
create table "history"."people" as
select source.*,
  pg_catalog.md5(coalesce(cast(cast("id" as varchar) as text), '') || '|' || coalesce(cast(cast((site || '-') as varchar) as text), '') || '|' || coalesce(cast(cast('2026-01-02 03:04:05.678'::timestamp as varchar) as text), '')) as "dbt_scd_id",
  '2026-01-02 03:04:05.678'::timestamp as "dbt_updated_at",
  '2026-01-02 03:04:05.678'::timestamp as "dbt_valid_from",
  coalesce(nullif('2026-01-02 03:04:05.678'::timestamp, '2026-01-02 03:04:05.678'::timestamp), '9999-12-31'::timestamp) as "dbt_valid_to",
  'False'::text as "dbt_is_deleted"
from (
select * from "raw"."people"
) as source;

-- assert_empty (NULL_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce(strata_key_1::text, 'null'), 'site || ''-''=' || coalesce(strata_key_2::text, 'null')) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end as key from (select "id" as strata_key_1, (site || '-') as strata_key_2 from "history"."people") as s
where strata_key_1 is null or strata_key_2 is null
group by strata_key_1, strata_key_2 order by count(*) desc, strata_key_1, strata_key_2 limit 5;

-- assert_empty (DUPLICATE_KEYS, its option unique_key)
select pg_catalog.concat_ws(', ', 'id=' || coalesce(strata_key_1::text, 'null'), 'site || ''-''=' || coalesce(strata_key_2::text, 'null')) || ': ' || count(*)::text || case count(*) when 1 then ' row' else ' rows' end as key from (select "id" as strata_key_1, (site || '-') as strata_key_2 from "history"."people") as s
group by strata_key_1, strata_key_2 having count(*) > 1 order by count(*) desc, strata_key_1, strata_key_2 limit 5;

-- execute
analyze "history"."people";
