select patient_id from {{ ref('patients') }}
