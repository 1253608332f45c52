{{ config(post_hook="grant select on {{ this }} to {{ raeder }}") }}
select 1 as id
