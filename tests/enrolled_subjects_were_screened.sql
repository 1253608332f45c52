-- A subject cannot be enrolled before it was screened.
select subject_id
from {{ ref('subjects') }}
where enrollment_date < screening_date
   or (enrollment_date is not null and screening_date is null)
