import type { Database } from '@strata/core'

export interface OldInstallation {
  readonly schema: string
  /** Patients of instance 1; instance 2 has a tenth as many, under the same ids. */
  readonly patients: number
  /** A patient in so many has been loaded twice, and one in so many has lost its id. */
  readonly duplicateEach: number
  readonly keylessEach: number
  /** Of the database. Default `ownZone`. */
  readonly zone?: string
}

/** Zone of the database: not that of the sessions that tests have. */
export const ownZone = 'America/Chicago'

/**
 * What the old loader left: times without a zone in the database's own, `source_id` as the record's id and unique, rows without an
 * instance, without the columns that came later, loaded twice, and without an id; runs left at `running`; keys in a table.
 */
export async function makeOldInstallation(
  database: Database,
  { schema, patients, duplicateEach, keylessEach, zone = ownZone }: OldInstallation,
): Promise<void> {
  await database.session(async (session) => {
    await session.query({
      script: true,
      text: `
        do $zone$ begin execute format('alter database %I set timezone = ''${zone}''', current_database()); end $zone$;
        set timezone = '${zone}';
        create schema if not exists ${schema};
        set search_path = ${schema};
        create table dw_api_credentials (id serial primary key, instance varchar(50) not null, api_key text not null);
        insert into dw_api_credentials (instance, api_key) values ('North', 'k1'), ('South', 'k2');
        create table dw_etl_jobs (
          id serial primary key, name varchar(255) not null unique, source_endpoint text not null,
          target_table varchar(255) not null, is_active boolean default true, requires_parameters boolean default false,
          parameter_name varchar(100), parameter_source_table varchar(255), parameter_source_column varchar(255),
          parent_job_id integer references dw_etl_jobs (id), source_instance_id integer references dw_api_credentials (id),
          last_run_status varchar(50), last_run_at timestamp, last_run_records integer,
          created_at timestamp default now(), updated_at timestamp default now());
        insert into dw_etl_jobs (id, name, source_endpoint, target_table, source_instance_id) values
          (2, 'Studies', '/studies/odata', 'dim_studies_staging', 1),
          (3, 'Patients', '/patients/odata', 'dim_patients_staging', 1),
          (10, 'Subjects', '/studies/{studyId}/subjects/odata', 'dim_subjects_staging', null),
          (57, 'Vitals', '/vitals', 'dim_vitals_staging', null);
        update dw_etl_jobs set is_active = false where id = 2;
        create table dw_etl_runs (
          run_id serial primary key, job_id integer references dw_etl_jobs (id), run_status varchar(50),
          records_loaded integer, started_at timestamp, completed_at timestamp, error_message text,
          credential_id integer references dw_api_credentials (id), run_context text);
        insert into dw_etl_runs (run_id, job_id, run_status, records_loaded, started_at, completed_at, error_message, credential_id, run_context) values
          (1, 3, 'success', 10, now() - interval '3 hours', now() - interval '2 hours', null, 1, null),
          (2, 3, 'success', 10, now() - interval '3 hours', now() - interval '2 hours', null, 2, null),
          (3, 2, 'success', 10, now() - interval '3 hours', now() - interval '2 hours', null, 1, null),
          (4, 10, 'failed', 0, now() - interval '2 hours', now() - interval '2 hours', 'HTTP 500', 1, '{"studyId": "17"}'),
          (5, 10, 'success', 5, now() - interval '2 hours', now() - interval '2 hours', null, 2, '{"studyId": 18}'),
          (6, 3, 'running', null, now() - interval '9 days', null, null, 1, 'none {'),
          (7, 57, 'running', null, now(), null, null, 1, null);
        create table dim_patients_staging (
          id serial primary key, data jsonb not null, source_id varchar(255), source_instance_id integer,
          loaded_at timestamp default now(), batch integer not null, constraint one_patient unique (source_id));
        insert into dim_patients_staging (data, source_id, source_instance_id, loaded_at, batch)
        select patient, n::text, case when n % 2 = 0 then 1 end, now() - interval '2 days', 1
        from (select n, jsonb_build_object('id', n, 'name', 'patient ' || n, 'modifiedDate', '2024-05-01T00:00:00') as patient
              from generate_series(1, ${patients}) n) as made;
        insert into dim_patients_staging (data, source_id, source_instance_id, loaded_at, batch)
        select jsonb_build_object('id', n, 'name', 'southern ' || n), 's' || n, 2, now() - interval '2 days', 1
        from generate_series(1, ${Math.floor(patients / 10)}) n;
        insert into dim_patients_staging (data, source_id, source_instance_id, loaded_at, batch)
        select jsonb_build_object('id', n, 'name', 'older ' || n), null, 1, now() - interval '3 days', 2
        from generate_series(1, ${patients}) n where n % ${duplicateEach} = 0;
        insert into dim_patients_staging (data, source_id, loaded_at, batch)
        select jsonb_build_object('name', 'nobody ' || n), null, now() - interval '3 days', 2
        from generate_series(1, ${patients}) n where n % ${keylessEach} = 0;
        create table dim_studies_staging (
          id serial primary key, data jsonb not null, source_id varchar(255) unique, loaded_at timestamp default now());
        insert into dim_studies_staging (data, source_id)
        select jsonb_build_object('id', n, 'status', '07. Enrollment'), n::text from generate_series(17, 18) n;
        create index on dim_studies_staging using gin (data);
        create table dim_subjects_staging (
          id integer not null primary key, data jsonb not null, source_id varchar(255), source_instance_id integer,
          etl_job_id integer, etl_run_id integer, loaded_at timestamp);
        create unique index on dim_subjects_staging (source_id);
        insert into dim_subjects_staging (id, data, source_id, etl_job_id, etl_run_id, loaded_at)
        select n, jsonb_build_object('id', n, 'modifiedDate', '2024-05-01T00:00:00Z'), 'subject-' || n, 10, 4 + n % 2, now()
        from generate_series(1, 40) n;
        reset timezone`,
    })
  })
}
