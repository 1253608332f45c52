import type { Database } from '../packages/core/src/index.ts'
import { land } from './clinical-bronze.ts'

const of = (id: number) => ({ id })

/** A visit of a patient that took place. */
export function visit(id: number, patient: number, more: object = {}) {
  return {
    id,
    patient: of(patient),
    subject: of(patient),
    study: of(1),
    visit: { id: 4, name: 'Week 4' },
    site: of(1),
    status: 'Completed',
    completedDate: '2025-03-01',
    ...more,
  }
}

/** Two patients, of whom one has a record for each spoke; some of them on a visit that is there. */
export async function landFirstRecords(database: Database, instance: number): Promise<void> {
  const at = (hour: number, day = '2025-03-01') => `${day}T${String(hour).padStart(2, '0')}:30:00Z`
  const item = (id: number, name: string, more: object = {}) => ({
    id,
    patient: of(1),
    name,
    source: 'staff',
    ...more,
  })
  const element = (id: number, name: string, visitId: number, more: object = {}) => ({
    id,
    patientVisit: of(visitId),
    patient: of(1),
    element: { id: 1, name },
    status: 'Completed',
    performedDate: at(9),
    result: '7.5',
    ...more,
  })
  const appointment = (id: number, more: object) => ({
    id,
    patient: of(1),
    site: of(1),
    staff: of(1),
    status: 'Completed',
    appointmentType: 'Study Visit',
    startDate: at(9),
    endDate: at(10),
    ...more,
  })
  const put = land.bind(null, database, instance)
  await put('sites', { id: 1, name: 'Riverside' }, { id: 2, name: 'Hillside' })
  await put(
    'staff',
    { id: 1, firstName: 'Ann', lastName: 'Lee' },
    { id: 2, firstName: 'Bo', lastName: 'Ito' },
  )
  await put('patients', { id: 1, firstName: 'Ada' }, { id: 2, firstName: 'Eve' })
  await put('patient_visits', visit(10, 1), visit(12, 1, { status: 'Scheduled', completedDate: null }))
  await put(
    'appointments',
    appointment(20, { patientVisit: of(10) }),
    appointment(21, { appointmentType: 'Consent', startDate: '2025-03-05T14:00:00Z', endDate: null }),
    appointment(22, { status: 'Cancelled' }),
  )
  await put(
    'patient_visit_elements',
    element(30, 'Heart Rate', 10),
    element(31, 'Glucose', 10),
    element(32, 'Glucose', 11),
    element(33, 'Glucose', 10, { status: 'Pending', performedDate: null, result: null }),
    element(34, 'Glucose', 10, { patient: of(2) }),
    element(35, 'Glucose', 10, { patient: null }),
  )
  await put('patient_conditions', item(40, 'Hypertension', { onsetDate: '2020-02-03' }))
  await put('patient_allergies', item(40, 'Penicillin', { source: 'patient' }))
  await put('patient_medications', item(40, 'Lisinopril', { startDate: '2021-01-01' }))
  await put('concomitant_medications', item(40, 'Ibuprofen', { study: of(1), subject: of(1) }))
  await put(
    'patient_immunizations',
    item(40, 'Influenza', { administeredDate: '2024-10-01', site: 'left arm' }),
  )
  await put('patient_procedures', item(40, 'Colonoscopy', { performedBy: { name: 'Dr. Roe' } }))
  await put('patient_devices', item(40, 'Pacemaker', { implantDate: '2019-05-05' }))
}
