select *
from {{ ref('egg') }}
