{{ config(alias='', schema='  ') }}
select 1 as id
