-- {{ ref('gone') }}
{# {{ ref('gone too') }} #}
select 1 as id
