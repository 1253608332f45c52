select id from {{ ref('patients') }} where id < 1
