{{ config(post_hook="delete from {{ ref('customers') }}") }}
select 1 as id
