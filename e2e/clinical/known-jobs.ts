/** What is known of the jobs of an installation. */
export interface KnownJob {
  readonly id: number
  readonly name: string
  /** Empty: nobody knows it. */
  readonly endpoint: string
  /** Null: not known. */
  readonly table: string | null
  readonly active: boolean
}

const served = (id: number, name: string, path: string, table: string, active = true): KnownJob => ({
  id,
  name,
  endpoint: `/api/v1${path}`,
  table: `${table}_staging`,
  active,
})
const ofStudy = (id: number, name: string, path: string, table: string, active = true): KnownJob =>
  served(id, name, `/studies/{studyId}/${path}/odata`, table, active)
const unknown = (id: number, name: string): KnownJob => ({
  id,
  name,
  endpoint: '',
  table: null,
  active: false,
})

export const knownJobs: readonly KnownJob[] = [
  served(1, 'Sites', '/sites', 'dim_sites'),
  served(2, 'Studies', '/studies/odata', 'dim_studies'),
  served(3, 'Patients', '/patients/odata', 'dim_patients'),
  served(8, 'Elements', '/elements/odata', 'dim_elements'),
  served(9, 'PatientVisits', '/patient-visits/odata', 'dim_patient_visits'),
  served(25, 'Appointments', '/appointments/odata', 'dim_appointments'),
  served(26, 'Staff', '/staff/odata', 'dim_staff'),
  ofStudy(10, 'Subjects', 'subjects', 'dim_subjects'),
  ofStudy(11, 'Visits', 'visits', 'dim_visits'),
  ofStudy(13, 'StudyDocuments', 'documents', 'dim_study_documents'),
  ofStudy(14, 'Screenings', 'screenings', 'dim_screenings', false),
  ofStudy(15, 'Enrollments', 'enrollments', 'dim_enrollments', false),
  ofStudy(16, 'Randomizations', 'randomizations', 'dim_randomizations', false),
  ofStudy(17, 'Withdrawals', 'withdrawals', 'dim_withdrawals', false),
  ofStudy(20, 'ConcomitantMedications', 'concomitant-medications', 'dim_concomitant_medications', false),
  ofStudy(23, 'Queries', 'queries', 'dim_queries'),
  ofStudy(27, 'StudyActions', 'actions', 'dim_study_actions'),
  ofStudy(28, 'StudyMilestones', 'milestones', 'fact_study_milestones'),
  ofStudy(29, 'StudyNotes', 'notes', 'fact_study_documents'),
  served(
    24,
    'PatientVisitElements',
    '/patient-visits/{patientVisitId}/elements/odata',
    'dim_patient_visit_elements',
  ),
  served(
    175,
    'VisitElements',
    '/studies/{studyId}/visits/{visitId}/elements/odata',
    'dim_visit_element_relationships',
  ),
  unknown(142, 'Study Protocol Versions'),
  unknown(143, 'Study Roles'),
  unknown(145, 'Study Warnings'),
  unknown(146, 'Study Integration Info'),
  unknown(160, 'Subject Patient Visits'),
  ...[
    [4, 'Users'],
    [5, 'Roles'],
    [6, 'Departments'],
    [7, 'Audits'],
    [12, 'Forms'],
    [18, 'ProtocolDeviations'],
    [19, 'AdverseEvents'],
    [21, 'LabResults'],
    [22, 'Vitals'],
    [30, 'MonitorQueries'],
    [31, 'Engagements'],
  ].map(([id, name]) => unknown(id as number, name as string)),
]

const dimensions = `sites studies patients elements patient_visits appointments staff subjects visits study_documents screenings
  enrollments randomizations withdrawals concomitant_medications queries study_actions patient_visit_elements visit_elements
  visit_element_relationships subject_statuses patient_medications patient_allergies patient_devices patient_campaign_touches
  patient_referral_touches patient_payments system_allergies system_medications system_devices system_procedures providers rooms
  sponsors sponsor_divisions sponsor_teams monitors schedules action_unit_completions adverse_events invoices prospects remittances`

export const knownTables: readonly string[] = [
  ...dimensions.split(/\s+/).map((name) => `dim_${name}_staging`),
  'fact_study_milestones_staging',
  'fact_study_documents_staging',
  'ghl_contacts_staging',
]
