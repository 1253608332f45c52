-- Each patient whom a campaign or a referral reached has one first touch.
with touched as (
    select patient_id from {{ ref('patient_campaign_touches') }} where patient_id is not null
    union
    select patient_id from {{ ref('patient_referral_touches') }} where patient_id is not null
)

select coalesce(sum(patients_by_first_touch), 0) as first_touches
from {{ ref('recruitment_sources') }}
having coalesce(sum(patients_by_first_touch), 0) <> (select count(*) from touched)
