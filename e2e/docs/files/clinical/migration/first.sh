psql -qX "$(models db url)" <<'SQL'
create table patient_clinical_events (
  id uuid primary key default gen_random_uuid(), patient_id uuid not null, event_name text, event_date timestamptz);
create table patient_conditions (
  id uuid primary key default gen_random_uuid(), patient_id uuid, name text, onset_date text, created_at timestamptz default now());
create table patient_vitals (
  id uuid primary key default gen_random_uuid(), patient_id uuid, name text, measured_at timestamptz);
insert into patient_clinical_events (patient_id, event_name, event_date)
select md5('patient' || n)::uuid, 'Visit', now() from generate_series(1, 20) as n;
insert into patient_conditions (patient_id, name, onset_date)
select md5('patient' || n % 20)::uuid, 'condition ' || n, '2024-02-29' from generate_series(1, 300) as n;
insert into patient_vitals (patient_id, name, measured_at) select md5('patient' || n % 20)::uuid, 'weight', now() from generate_series(1, 300) as n;
SQL
