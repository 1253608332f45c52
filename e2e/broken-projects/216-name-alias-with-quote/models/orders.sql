{{ config(alias='a"b', schema="c'd") }}
select 1 as id
