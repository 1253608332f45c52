{{ config(post_hook=7) }}
select 1 as id
