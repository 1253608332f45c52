{{ config(access='pubilc') }}
select 1 as id
