import type { Database } from '../../packages/core/src/index.ts'

/**
 * Tables of entities whose endpoints nobody knows, each with the fields of a record of patient `p` as SQL: what an older installation
 * would have landed there.
 */
const unserved: { readonly [table: string]: string } = {
  patient_conditions: `'name', 'Condition ' || n % 7, 'code', 'C' || n % 7, 'status', 'active', 'onsetDate', '2023-05-0' || 1 + n % 9, 'source', 'staff'`,
  patient_allergies: `'name', 'Allergy ' || n % 5, 'reaction', 'rash', 'severity', 'mild', 'status', 'active', 'onsetDate', '2020-02-30', 'source', 'patient'`,
  patient_medications: `'name', 'Medication ' || n % 9, 'dose', n % 9, 'unit', 'mg', 'frequency', 'daily', 'route', 'oral', 'startDate', '2023-01-1' || n % 10, 'source', 'staff'`,
  concomitant_medications: `'name', 'Medication ' || n % 9, 'dose', '5-10', 'startDate', '2023-01-1' || n % 10, 'indication', 'headache', 'source', 'staff', 'study', jsonb_build_object('id', 4001)`,
  patient_immunizations: `'name', 'Vaccine ' || n % 3, 'code', 'V' || n % 3, 'administeredDate', '2022-10-1' || n % 10, 'status', 'completed', 'source', 'staff'`,
  patient_procedures: `'name', 'Procedure ' || n % 3, 'code', 'P' || n % 3, 'procedureDate', '2022-11-1' || n % 10, 'bodySite', 'arm', 'source', 'staff'`,
  patient_devices: `'name', 'Device ' || n % 3, 'manufacturer', 'Maker', 'implantDate', '2021-11-1' || n % 10, 'source', 'staff'`,
  patient_campaign_touches: `'campaign', jsonb_build_object('id', n % 3, 'name', 'Campaign ' || n % 3), 'channel', 'e-mail', 'touchDate', '2024-01-1' || n % 10`,
  patient_referral_touches: `'referralSource', jsonb_build_object('id', n % 3, 'name', 'Doctor ' || n % 3), 'touchDate', '2024-01-1' || n % 10`,
  prospects: `'firstName', 'Ada', 'lastName', 'Doe', 'source', 'web', 'status', 'new', 'convertedPatient', jsonb_build_object('id', p)`,
  patient_payments: `'amount', n % 50 + 0.50, 'currency', 'USD', 'status', 'Paid', 'paidDate', '2024-02-1' || n % 10, 'study', jsonb_build_object('id', 4001)`,
  visit_stipends: `'amount', n % 50 + 0.50, 'status', 'Approved', 'approvedDate', '2024-02-1' || n % 10, 'study', jsonb_build_object('id', 4001)`,
  invoices: `'study', jsonb_build_object('id', 4001), 'sponsor', jsonb_build_object('id', 51, 'name', 'Sponsor'), 'invoiceNumber', 'I-' || n, 'amount', n * 10, 'status', 'Open', 'invoiceDate', '2024-01-1' || n % 10, 'dueDate', '2024-02-1' || n % 10`,
  remittances: `'invoice', jsonb_build_object('id', 1 + n % 10), 'study', jsonb_build_object('id', 4001), 'amount', n * 5, 'remittanceDate', '2024-02-1' || n % 10`,
  subject_statuses: `'subject', jsonb_build_object('id', 1000001 + n % 3), 'study', jsonb_build_object('id', 4001), 'status', 'Enrolled', 'statusDate', '2024-01-1' || n % 10`,
}

/** Contacts of the CRM, which is not configured. */
const contact = `'locationId', 'here', 'firstName', 'Ada', 'lastName', 'Doe', 'email', 'ada' || n || '@example.org', 'tags', jsonb_build_array('a', n), 'dateAdded', '2024-01-01T00:00:00Z'`

interface Table {
  readonly name: string
  readonly fields: string
  readonly instances: string
}

const tables: readonly Table[] = [
  ...Object.entries(unserved).map(([table, fields]) => ({
    name: `bronze.dim_${table}_staging`,
    fields,
    instances: '1, 2',
  })),
  { name: 'bronze.ghl_contacts_staging', fields: contact, instances: '101' },
]

/** Twenty records of each table and instance, of patients that are there. */
export async function landRecords(database: Database): Promise<void> {
  await database.query(`insert into bronze.dw_api_credentials (id, name, source, base_url, is_simulated)
    values (101, 'leads', 'gohighlevel', 'https://leads.invalid', false)`)
  for (const { name, fields, instances } of tables)
    await database.query(`
      insert into ${name} (data, source_id, source_instance_id)
      select jsonb_build_object('id', n, 'patient', jsonb_build_object('id', 100000 + n), 'createdDate', '2024-01-01T00:00:00Z', 'modifiedDate', '2024-01-02T00:00:00Z', ${fields}), i::text, i
      from unnest(array[${instances}]) as i, generate_series(1, 20) as n, lateral (select 100000 + n as p) as patient`)
}

/** Some of them change, two of them to another patient, and some come. */
export async function reviseRecords(database: Database): Promise<void> {
  for (const { name } of tables) {
    await database.query(`
      update ${name} set changed_xid = pg_current_xact_id(),
        data = data || case when (data->>'id')::int < 3 then '{"patient": {"id": 100030}, "modifiedDate": "2024-03-02T00:00:00Z"}' else '{"name": "Renamed", "lastName": "Renamed", "status": "Changed", "amount": 1, "startDate": "soon"}' end::jsonb
      where (data->>'id')::int < 6`)
    await database.query(`
      insert into ${name} (data, source_id, source_instance_id)
      select data || '{"id": 21, "patient": {"id": 100031}}', source_id, source_instance_id from ${name} where data->>'id' = '7'`)
  }
}

/** Some are gone from the source. */
export async function forgetRecords(database: Database): Promise<void> {
  for (const { name } of tables)
    await database.query(`
      update ${name} set changed_xid = pg_current_xact_id(), deleted_at = now()
      where data->>'id' in ('2', '8', '9')`)
}
