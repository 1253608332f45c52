import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { createClinicalBronze, land, vanish } from './clinical-bronze.ts'
import { type ClinicalProject, createClinicalProject, spokes } from './clinical-project.ts'
import { auditDifference, images, orphans } from './clinical-proofs.ts'
import { landFirstRecords, visit } from './clinical-records.ts'

describeServers('the clinical hub and its spokes', (server) => {
  let own: TestDatabase
  let database: Database
  let project: ClinicalProject

  beforeAll(async () => {
    own = await createTestDatabase(server)
    database = own.database
    await createClinicalBronze(database)
    for (const instance of [1, 2]) await landFirstRecords(database, instance)
    project = createClinicalProject(own)
    project.files.write('models/gold/latest_events.sql', latestEvents)
    await project.build('+latest_events')
  })
  afterAll(async () => {
    await project?.files.remove()
    await own?.drop()
  })

  const ask = async (sql: string) => (await database.query<Record<string, unknown>>(sql)).rows

  test('every record is in its spoke, on an event of its own patient, and none without', async () => {
    const counts = await ask(
      spokes
        .map((spoke) => `select '${spoke}' as spoke, count(*)::int as rows from silver.${spoke}`)
        .join(' union all '),
    )
    // Two instances. The element that is pending, and those of nobody, are no facts.
    expect(Object.fromEntries(counts.map(({ spoke, rows }) => [spoke, rows]))).toEqual({
      patient_observations: 2 * 3,
      patient_vitals: 2 * 1,
      patient_interventions: 2 * 2,
      patient_conditions: 2 * 1,
      patient_allergies: 2 * 1,
      patient_medications: 2 * 2,
      patient_immunizations: 2 * 1,
    })
    expect(await orphans(database)).toBe(0)
  })

  test('visits and appointments that took place are events; a visit and its appointment are one', async () => {
    expect(
      await ask(`select e.clinical_identity_key ~ '^patient_visit' as of_visit, e.event_name, e.activity_type, e.clinical_purposes,
          to_char(e.event_date, 'YYYY-MM-DD HH24:MI') as at, e.facility_name, e.performed_by, n.status, n.encounter_type
        from silver.patient_clinical_events as e join silver.healthcare_encounters as n on n.id = e.encounter_id
        where e.source_instance_id = 1 and not e.is_synthetic order by e.event_date`),
    ).toEqual([
      {
        of_visit: true,
        event_name: 'Week 4',
        activity_type: 'observation',
        clinical_purposes: ['monitoring'],
        at: '2025-03-01 09:30',
        facility_name: 'Riverside',
        performed_by: 'Ann Lee',
        status: 'Completed',
        encounter_type: 'visit',
      },
      {
        of_visit: false,
        event_name: 'Consent',
        activity_type: 'observation',
        clinical_purposes: ['consent'],
        at: '2025-03-05 14:00',
        facility_name: 'Riverside',
        performed_by: 'Ann Lee',
        status: 'Completed',
        encounter_type: 'appointment',
      },
    ])
    const planned = await ask(
      `select status from silver.healthcare_encounters as n where source_instance_id = 1
       and not exists (select from silver.patient_clinical_events as e where e.encounter_id = n.id) order by status`,
    )
    expect(planned).toEqual([{ status: 'Cancelled' }, { status: 'Scheduled' }])
  })

  test('a record without an event gets a synthetic one, which the audit knows', async () => {
    const synthetic = await ask(`select record_kind, activity_type, clinical_purposes
      from silver.patient_clinical_events where is_synthetic and source_instance_id = 1 order by record_kind, source_event_id`)
    const event = (record_kind: string, purpose = 'monitoring') => ({
      record_kind,
      activity_type: 'observation',
      clinical_purposes: [purpose],
    })
    expect(synthetic).toEqual([
      event('concomitant_medication'),
      event('patient_allergy', 'self_monitoring'),
      event('patient_condition'),
      event('patient_device'),
      event('patient_immunization'),
      event('patient_medication'),
      event('patient_procedure'),
      // Of a visit that is not there, and of a visit that is another patient's.
      event('patient_visit_element'),
      event('patient_visit_element'),
    ])
    expect(await auditDifference(database)).toBe(0)
    const audit = await ask(
      `select a.spoke, count(*)::int as rows from silver.synthetic_event_audit as a group by a.spoke order by a.spoke`,
    )
    expect(audit).toContainEqual({ spoke: 'patient_allergies', rows: 2 })
    for (const spoke of spokes.filter((name) => name !== 'patient_vitals')) {
      const unknown =
        await ask(`select from silver.synthetic_event_audit as a where a.spoke = '${spoke}' and not exists (
        select from silver.${spoke} as s where s.id = a.record_id and s.event_id = a.event_id)`)
      expect(unknown).toEqual([])
    }
  })

  test('two instances with one patient id are two patients, who share no event', async () => {
    const [found] =
      await ask(`select count(distinct patient_id)::int as patients, count(distinct (patient_id, source_instance_id))::int as pairs
      from silver.patient_clinical_events`)
    expect(found).toEqual({ patients: 4, pairs: 4 })
    expect(
      await ask(`select from silver.patient_clinical_events as a join silver.patient_clinical_events as b using (id)
        where a.source_instance_id <> b.source_instance_id`),
    ).toEqual([])
  })

  test.each(spokes)(
    'the database refuses to link %s to the event of another patient, or to none',
    async (spoke) => {
      const [row] = await ask(`select id, patient_id from silver.${spoke} limit 1`)
      const [foreign] = await ask(
        `select id from silver.patient_clinical_events where patient_id <> '${row!['patient_id']}' limit 1`,
      )
      const update = (event: string) =>
        database.query(`update silver.${spoke} set event_id = ${event} where id = '${row!['id']}'`)
      await expect(update(`'${foreign!['id']}'`)).rejects.toMatchObject({ sqlstate: '23503' })
      await expect(update('gen_random_uuid()')).rejects.toMatchObject({ sqlstate: '23503' })
      await expect(update('null')).rejects.toMatchObject({ sqlstate: '23502' })
      const [index] = await ask(
        `select count(*)::int as indexes from pg_indexes where schemaname = 'silver' and tablename = '${spoke}' and indexdef like '%(event_id)%'`,
      )
      expect(index!['indexes']).toBeGreaterThan(0)
    },
  )

  test('a second run makes no event and writes no row', async () => {
    const before = await images(database)
    await project.run('+latest_events')
    expect(await images(database)).toEqual(before)
  })

  test('a visit that arrives late takes the place of its synthetic event, and no link moves', async () => {
    const links = () => ask(`select id, event_id from silver.patient_observations order by id`)
    const ofVisit = () =>
      ask(`select e.is_synthetic, e.event_name, e.encounter_id is null as homeless
        from silver.patient_clinical_events as e join silver.patient_observations as o on o.event_id = e.id
        where o.source_instance_id = 1 and o.source_record_id = '32'`)
    const before = await links()
    expect(await ofVisit()).toEqual([{ is_synthetic: true, event_name: 'Visit', homeless: true }])
    const recorded = await ask(
      `select event_id, recorded_at from silver.synthetic_event_audit order by event_id`,
    )

    await land(database, 1, 'patient_visits', visit(11, 1, { visit: { id: 5, name: 'Treatment day' } }))
    await project.run('+latest_events')
    expect(await ofVisit()).toEqual([{ is_synthetic: false, event_name: 'Treatment day', homeless: false }])
    expect(await links()).toEqual(before)
    expect(await auditDifference(database)).toBe(0)
    const still = await ask(
      `select event_id, recorded_at from silver.synthetic_event_audit order by event_id`,
    )
    expect(still).toHaveLength(recorded.length - 1)
    expect(recorded).toEqual(expect.arrayContaining(still as unknown[]))

    await vanish(database, 1, 'patient_visits', 11)
    await project.run('+latest_events')
    expect(await ofVisit()).toEqual([{ is_synthetic: true, event_name: 'Visit', homeless: true }])
    expect(await links()).toEqual(before)
    expect(await auditDifference(database)).toBe(0)
  })

  test('a patient sees nothing but the own rows, in tables and through a gold view', async () => {
    const relations = [
      'patient_clinical_events',
      'healthcare_encounters',
      'healthcare_timeline_events',
      'clinical_event_candidates',
      ...spokes,
    ].map((name) => `silver.${name}`)
    const reader = `app_${own.url.split('/').at(-1)!.split('?')[0]!}`
    await database.query(`create role ${reader}`)
    try {
      await database.query(`grant usage on schema silver, gold to ${reader}`)
      await database.query(`grant select on all tables in schema silver, gold to ${reader}`)
      await database.query(`grant insert, update on silver.patient_conditions to ${reader}`)
      const [patient] = await ask(
        `select patient_id as id from silver.patient_conditions where source_instance_id = 1 limit 1`,
      )
      const seen = (relation: string, as: unknown) =>
        database.transaction(async (transaction) => {
          await transaction.query(`set local role ${reader}`)
          if (as !== null) await transaction.query(`set local strata.patient_id = '${as}'`)
          const { rows } = await transaction.query<{ rows: number; others: number }>(
            `select count(*)::int as rows, (count(*) filter (where patient_id <> nullif(current_setting('strata.patient_id', true), '')::uuid))::int as others from ${relation}`,
          )
          return rows[0]!
        })
      for (const relation of [...relations, 'gold.latest_events']) {
        const [all] = await ask(
          `select count(*)::int as rows from ${relation} where patient_id = '${patient!['id']}'`,
        )
        expect(all!['rows'], relation).toBeGreaterThan(0)
        expect(await seen(relation, patient!['id']), relation).toEqual({ rows: all!['rows'], others: 0 })
        expect(await seen(relation, null), relation).toEqual({ rows: 0, others: 0 })
        expect(await seen(relation, ''), relation).toEqual({ rows: 0, others: 0 })
        expect(await seen(relation, '00000000-0000-0000-0000-000000000000'), relation).toEqual({
          rows: 0,
          others: 0,
        })
      }
      expect((await seen('silver.synthetic_event_audit', patient!['id'])).rows).toBe(0)
      const write = database.transaction(async (transaction) => {
        await transaction.query(`set local role ${reader}`)
        await transaction.query(`set local strata.patient_id = '${patient!['id']}'`)
        await transaction.query(`update silver.patient_conditions set patient_id = gen_random_uuid()`)
      })
      await expect(write).rejects.toMatchObject({ sqlstate: '42501' })
    } finally {
      await database.query(`drop owned by ${reader}`)
      await database.query(`drop role ${reader}`)
    }
  })
})

const latestEvents = `{{ config(materialized='view') }}
select e.patient_id, e.event_name, e.event_date, c.name as condition
from {{ ref('patient_clinical_events') }} as e
left join {{ ref('patient_conditions') }} as c on c.event_id = e.id
{# Builds all of them. #}
where {% for name in ['healthcare_timeline_events', 'synthetic_event_audit', 'patient_observations', 'patient_vitals', 'patient_interventions',
  'patient_allergies', 'patient_medications', 'patient_immunizations'] -%}
  '{{ ref(name) }}' <> '' {{ 'and' if not loop.last }}
{%- endfor %}`
