select count(*) as patients from {{ ref('patients') }}
