printf 'CC_%s\n' NORTH_URL=https://north.example NORTH_API_KEY=key SOUTH_URL=https://south.example SOUTH_API_KEY=key > .env
psql -qX "$(models db url)" <<'SQL'
create schema bronze;
set search_path = bronze;
create table dw_api_credentials (id serial primary key, instance varchar(50) not null, api_key text not null);
insert into dw_api_credentials (instance, api_key) values ('North', 'k1'), ('South', 'k2');
create table dw_etl_jobs (
  id serial primary key, name varchar(255) not null unique, source_endpoint text not null, target_table varchar(255) not null,
  is_active boolean default true, source_instance_id integer references dw_api_credentials (id),
  created_at timestamp default now(), updated_at timestamp default now());
insert into dw_etl_jobs (id, name, source_endpoint, target_table) values (3, 'Patients', '/patients/odata', 'dim_patients_staging');
create table dw_etl_runs (
  run_id serial primary key, job_id integer references dw_etl_jobs (id), run_status varchar(50), records_loaded integer,
  started_at timestamp, completed_at timestamp, error_message text, credential_id integer references dw_api_credentials (id));
insert into dw_etl_runs (job_id, run_status, started_at, credential_id) values (3, 'running', now() - interval '9 days', null);
create table dim_patients_staging (
  id serial primary key, data jsonb not null, source_id varchar(255) unique, loaded_at timestamp default now());
insert into dim_patients_staging (data, source_id) select jsonb_build_object('id', n, 'lastName', 'Muster'), n::text from generate_series(1, 500) as n;
SQL
