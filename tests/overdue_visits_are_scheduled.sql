-- Nobody is called because of a visit that took place, was missed or was cancelled.
select o.patient_visit_id
from {{ ref('overdue_visits') }} as o
join {{ ref('patient_visits') }} as pv using (patient_visit_id)
where {{ is_completed('pv.status') }} or {{ is_missed('pv.status') }} or {{ is_cancelled('pv.status') }}
