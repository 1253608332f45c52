{{ config(database='depot') }}
select 1 as id
