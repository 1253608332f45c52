select coalesce(sum(appointments), 0) as appointments
from {{ ref('appointment_utilisation') }}
having coalesce(sum(appointments), 0) <> (select count(*) from {{ ref('appointments') }})
