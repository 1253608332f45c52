import type { Queryable } from '../packages/core/src/index.ts'

/** Bronze of the clinical models, written by hand: some of it no API serves that is known. */
const tables = [
  'patients',
  'sites',
  'staff',
  'patient_visits',
  'appointments',
  'patient_visit_elements',
  'patient_conditions',
  'patient_allergies',
  'patient_medications',
  'concomitant_medications',
  'patient_immunizations',
  'patient_procedures',
  'patient_devices',
] as const

export type ClinicalTable = (typeof tables)[number]

/** A record as the API has it: its `id`, and what is to be said of it. */
export interface BronzeRecord {
  readonly id: number
  readonly [field: string]: unknown
}

/** The tables as a landing makes them, and two instances. */
export async function createClinicalBronze(database: Queryable): Promise<void> {
  await database.query(`create schema bronze`)
  await database.query(`create table bronze.dw_api_credentials (
    id integer primary key, name varchar(255) not null, source varchar(255) not null, base_url text not null,
    is_simulated boolean not null, is_active boolean not null default true,
    created_at timestamptz default now(), updated_at timestamptz default now())`)
  await database.query(`insert into bronze.dw_api_credentials (id, name, source, base_url, is_simulated)
    values (1, 'north', 'clinical_conductor', 'https://north.invalid', false), (2, 'south', 'clinical_conductor', 'https://south.invalid', false)`)
  for (const table of tables) {
    await database.query(`create table ${bronze(table)} (
      id serial primary key, data jsonb not null, source_id varchar(255),
      source_instance_id integer not null references bronze.dw_api_credentials (id),
      etl_job_id integer, etl_run_id integer, loaded_at timestamptz default now(), created_at timestamptz default now(),
      updated_at timestamptz default now(), changed_xid xid8 not null default pg_current_xact_id(),
      row_hash bytea, cursor_at timestamptz, deleted_at timestamptz, context jsonb)`)
    await database.query(`create unique index on ${bronze(table)} (source_instance_id, (data->>'id'))`)
    await database.query(`create index on ${bronze(table)} (changed_xid)`)
  }
}

/** Lands records of an instance: a record that is there already becomes what it is now. */
export async function land(
  database: Queryable,
  instance: number,
  table: ClinicalTable,
  ...records: readonly BronzeRecord[]
): Promise<void> {
  const dated = records.map((record) => ({
    createdDate: '2025-01-01T00:00:00Z',
    modifiedDate: '2025-01-02T00:00:00Z',
    ...record,
  }))
  await database.query({
    text: `insert into ${bronze(table)} (data, source_id, source_instance_id)
select record, $2::text, $2::int from jsonb_array_elements($1::jsonb) as record
on conflict (source_instance_id, (data->>'id')) do update
set data = excluded.data, deleted_at = null, changed_xid = default
where ${bronze(table)}.data <> excluded.data or ${bronze(table)}.deleted_at is not null`,
    values: [JSON.stringify(dated), instance],
  })
}

/** Marks a record as one that its source no longer has. */
export async function vanish(
  database: Queryable,
  instance: number,
  table: ClinicalTable,
  id: number,
): Promise<void> {
  await database.query({
    text: `update ${bronze(table)} set deleted_at = now(), changed_xid = default
where source_instance_id = $1 and data->>'id' = $2::text and deleted_at is null`,
    values: [instance, String(id)],
  })
}

function bronze(table: ClinicalTable): string {
  return `bronze.dim_${table}_staging`
}
