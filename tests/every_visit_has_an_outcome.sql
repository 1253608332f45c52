-- No visit is lost on the way to the marts, and none comes twice.
select 'visit_outcomes' as mart, count(*) as visits
from {{ ref('visit_outcomes') }}
having count(*) <> (select count(*) from {{ ref('patient_visits') }})
union all
select 'visit_adherence', coalesce(sum(planned), 0)
from {{ ref('visit_adherence') }}
having coalesce(sum(planned), 0) <> (select count(*) from {{ ref('patient_visits') }})
