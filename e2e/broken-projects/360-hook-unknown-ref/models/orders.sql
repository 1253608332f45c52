{{ config(pre_hook="delete from {{ ref('gone') }}") }}
select 1 as id
