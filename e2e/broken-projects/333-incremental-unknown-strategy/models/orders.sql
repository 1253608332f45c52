{{ config(materialized='incremental', incremental_strategy='upsrt') }}
select 1 as id
