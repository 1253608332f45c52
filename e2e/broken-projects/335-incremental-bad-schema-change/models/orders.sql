{{ config(materialized='incremental', on_schema_change='sometimes') }}
select 1 as id
