-- The list, the schedule and the sites tell of the same visits, where they tell of one day; an empty list is of any.
with days as (
    select as_of from {{ ref('overdue_visits') }}
    union
    select as_of from {{ ref('visit_adherence') }}
    union
    select as_of from {{ ref('site_performance') }}
),

counts as (
    select
        (select count(*) from days) as days,
        (select count(*) from {{ ref('overdue_visits') }}) as listed,
        (select coalesce(sum(overdue), 0) from {{ ref('visit_adherence') }}) as by_schedule,
        (select coalesce(sum(overdue_visits), 0) from {{ ref('site_performance') }}) as by_site,
        (
            select count(*)
            from {{ ref('overdue_visits') }} as o
            left join {{ ref('sites') }} as s using (site_id)
            where s.site_id is null
        ) as without_site
)

select listed, by_schedule, by_site, without_site
from counts
where days = 1
  and (listed <> by_schedule or listed <> by_site + without_site)
