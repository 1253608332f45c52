{{ config(materialized='table') }}
select id, 'Ann' || id as name from generate_series(1, 3) as id
