{{ config(materialized='incremental', unique_key=['source_instance_id', 'patient_id']) }}
select p.source_instance_id, p.data->>'id' as patient_id, p.data->>'lastName' as last_name
from {{ increment(source('clinical_conductor', 'patients')) }} as p
