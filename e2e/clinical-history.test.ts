import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import {
  createTestDatabase,
  describeOldestServer,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { createClinicalBronze, land, vanish } from './clinical-bronze.ts'
import { type ClinicalProject, createClinicalProject } from './clinical-project.ts'
import { auditDifference, contents, orphans } from './clinical-proofs.ts'
import { landFirstRecords, visit } from './clinical-records.ts'

const of = (id: number) => ({ id })

describeOldestServer('the clinical models after any history (R17)', (server) => {
  let own: TestDatabase
  let project: ClinicalProject

  beforeAll(async () => {
    own = await createTestDatabase(server)
    await createClinicalBronze(own.database)
    for (const instance of [1, 2]) await landFirstRecords(own.database, instance)
    project = createClinicalProject(own)
    await project.run('+path:models/silver/clinical')
  })
  afterAll(async () => {
    await project?.files.remove()
    await own?.drop()
  })

  test('are what a full refresh makes of bronze', { timeout: 600_000 }, async () => {
    const { database } = own
    const random = numbers(20_250_501)
    for (let round = 0; round < 3; round++) {
      for (let change = 0; change < 12; change++) await changeSomething(database, random)
      await project.run('+path:models/silver/clinical')
      expect(await orphans(database)).toBe(0)
      expect(await auditDifference(database)).toBe(0)
    }
    const incremental = await contents(database)
    // A full refresh leaves the audit, which says when an event was first made.
    await database.query('drop table silver.synthetic_event_audit')
    await project.run('+path:models/silver/clinical', '--full-refresh')
    expect(await contents(database)).toEqual(incremental)
  })
})

/** Something lands, changes, moves to another patient or visit, or vanishes. */
async function changeSomething(database: Database, random: (below: number) => number): Promise<void> {
  const instance = 1 + random(2)
  const pick = <T>(...values: readonly T[]): T => values[random(values.length)]!
  const put = land.bind(null, database, instance)
  const patient = of(1 + random(3))
  const visitId = 10 + random(4)
  const day = `2025-0${1 + random(9)}-11`
  const items = [
    'patient_conditions',
    'patient_allergies',
    'patient_medications',
    'concomitant_medications',
    'patient_immunizations',
    'patient_procedures',
    'patient_devices',
  ] as const
  const changes: readonly (() => Promise<void>)[] = [
    () =>
      put(
        'patient_visits',
        visit(visitId, patient.id, {
          status: pick('Completed', 'Missed', 'Scheduled'),
          completedDate: day,
          site: of(1 + random(2)),
        }),
      ),
    () =>
      put('appointments', {
        id: 20 + random(4),
        patient,
        site: of(1),
        staff: of(1 + random(2)),
        patientVisit: pick(null, of(visitId)),
        status: pick('Completed', 'No Show'),
        appointmentType: pick('Consent', 'Study Visit'),
        startDate: `${day}T08:00:00Z`,
      }),
    () =>
      put('patient_visit_elements', {
        id: 30 + random(8),
        patient,
        patientVisit: pick(null, of(visitId)),
        element: { id: 1, name: pick('Heart Rate', 'Glucose') },
        performedDate: pick(null, `${day}T09:00:00Z`),
        result: pick(null, '7'),
      }),
    () =>
      put(pick(...items), {
        id: 40 + random(3),
        patient,
        name: pick('One', 'Two'),
        source: pick('staff', 'patient'),
        startDate: day,
      }),
    () => put('sites', { id: 1 + random(2), name: pick('Riverside', 'Hillside', 'Lakeside') }),
    () => put('staff', { id: 1 + random(2), firstName: pick('Ann', 'Bo', 'Cy'), lastName: 'Lee' }),
    () => vanish(database, instance, 'patient_visits', visitId),
    () => vanish(database, instance, 'appointments', 20 + random(4)),
    () => vanish(database, instance, 'patient_visit_elements', 30 + random(8)),
    () => vanish(database, instance, pick(...items), 40 + random(3)),
    () => vanish(database, instance, pick('sites', 'staff'), 1 + random(2)),
  ]
  await changes[random(changes.length)]!()
}

function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
