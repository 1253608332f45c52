{{ config(severity='warn') }}

-- What took place has a day, and not one that is still to come.
select appointment_id
from {{ ref('appointments') }}
where {{ is_completed('status') }}
  and (start_date is null or (start_date at time zone 'UTC')::date > {{ as_of() }})
