select patient_id from (values (1), (1), (2), (2)) as p (patient_id)
