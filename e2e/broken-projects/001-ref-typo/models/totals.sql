select *
from {{ ref('oders') }}
