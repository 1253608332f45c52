{{ config(materialized='view') }}

-- What the landing knows of the instances, but for their addresses.
select
    c.id as source_instance_id,
    c.name::text as name,
    c.source::text as source_name,
    c.is_simulated
from {{ source('landing', 'dw_api_credentials') }} as c
