{{ config(post_hook="grant select on {{ this to reader") }}
select 1 as id
