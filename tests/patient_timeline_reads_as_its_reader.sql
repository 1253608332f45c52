-- The policies of hub and spokes hold through the view only where it reads with the rights of whoever reads it; else everybody saw every patient.
select c.oid::regclass::text as relation
from pg_catalog.pg_class as c
where c.oid = '{{ ref('patient_timeline') }}'::regclass
  and c.relkind = 'v'
  and not coalesce(c.reloptions::text[] && array['security_invoker=true', 'security_invoker=on'], false)
