-- The funnel is of all subjects: those of a study that is not there are missing in it.
select
    count(*) as subjects,
    (select sum(f.subjects) from {{ ref('enrollment_funnel') }} as f) as in_funnel
from {{ ref('subjects') }}
having count(*) <> (select coalesce(sum(f.subjects), 0) from {{ ref('enrollment_funnel') }} as f)
