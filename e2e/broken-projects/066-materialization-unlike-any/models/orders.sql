{{ config(materialized='lambda_view') }}
select 1 as id
