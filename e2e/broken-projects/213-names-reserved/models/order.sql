{{ config(schema='group', alias='where') }}
select * from {{ ref('table') }}
