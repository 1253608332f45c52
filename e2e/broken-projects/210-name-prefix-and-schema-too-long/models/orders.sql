{{ config(schema='bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb') }}
select 1 as id
