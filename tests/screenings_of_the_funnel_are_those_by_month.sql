-- Two marts, one definition of screened, failed and enrolled.
with by_month as (
    select study_id, sum(screened) as screened, sum(failed) as failed
    from {{ ref('screen_failures') }}
    group by study_id
)

select f.study_id, f.screened, m.screened as screened_by_month
from {{ ref('enrollment_funnel') }} as f
left join by_month as m using (study_id)
where f.screened <> coalesce(m.screened, 0)
   or f.screen_failed <> coalesce(m.failed, 0)
