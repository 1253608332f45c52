{{ config(materialized='incremental', unique_key='crm_contact_id') }}

-- Known of a contact are these fields by name. How each is filled is assumed.
select
    {{ identity('crm_contact', 'r.source_instance_id', "r.data->>'id'") }} as crm_contact_id,
    r.source_instance_id,
    r.data->>'id' as source_crm_contact_id,
    {{ text_of("r.data->>'locationId'") }} as location_id,
    {{ text_of("r.data->>'firstName'") }} as first_name,
    {{ text_of("r.data->>'lastName'") }} as last_name,
    lower({{ text_of("r.data->>'email'") }}) as email,
    {{ text_of("r.data->>'phone'") }} as phone,
    {{ text_of("r.data->>'source'") }} as source,
    case
        when jsonb_typeof(r.data->'tags') = 'array'
        then array(select t.tag from jsonb_array_elements_text(r.data->'tags') with ordinality as t (tag, place) order by t.place)
    end as tags,
    {{ timestamp_of("r.data->>'dateAdded'") }} as created_at,
    {{ timestamp_of("r.data->>'dateUpdated'") }} as modified_at
from {{ increment(source('gohighlevel', 'contacts')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
