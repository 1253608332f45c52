import {
  type ApiConnector,
  type Connector,
  connectorDefaults,
  cursorDefaults,
  type EndpointJob,
  type Instance,
  type Job,
  type JobStep,
  jobDefaults,
  type Target,
} from '@strata/core'

export const patients: EndpointJob = {
  ...jobDefaults,
  source: 'clinic',
  table: 'patients',
  name: 'Patients',
  knownId: 3,
  endpoint: '/api/v1/patients/odata',
  target: { schema: 'bronze', name: 'dim_patients_staging' },
  cursor: { ...cursorDefaults, field: 'modifiedDate' },
}

export const studies: EndpointJob = {
  ...patients,
  table: 'studies',
  name: 'Studies',
  knownId: 2,
  endpoint: '/api/v1/studies/odata',
  target: { schema: 'bronze', name: 'dim_studies_staging' },
}

/** A slice a study. */
export const subjects: EndpointJob = {
  ...patients,
  table: 'subjects',
  name: 'Subjects',
  knownId: 10,
  endpoint: '/api/v1/studies/{studyId}/subjects/odata',
  target: { schema: 'bronze', name: 'fact_subjects_staging' },
  slices: [{ parameter: 'studyId', from: studies.target, path: ['id'], match: {} }],
}

/** A slice a patient, one record each. */
export const visits: EndpointJob = {
  ...patients,
  table: 'visits',
  name: 'Visits',
  knownId: 24,
  endpoint: '/api/v1/patients/{patientId}/visits/odata',
  target: { schema: 'bronze', name: 'fact_visits_staging' },
  slices: [{ parameter: 'patientId', from: patients.target, path: ['id'], match: {} }],
}

export function connectorOf(instances: readonly Instance[], over: Partial<ApiConnector> = {}): ApiConnector {
  const declared = instances.map(({ id, name }) => ({
    id,
    name,
    address: { value: '' },
    credentials: {},
    parameters: {},
  }))
  return { ...connectorDefaults, source: 'clinic', instances: declared, ...over }
}

export function stepOf(job: Job, connector: Connector): JobStep {
  return {
    kind: 'job',
    id: 'job',
    name: `${job.source}.${job.table}`,
    parents: [],
    intent: 'land',
    reason: '',
    job,
    connector,
  }
}

export const target: Target = {
  name: 'bench',
  database: 'strata',
  prefix: '',
  defaultSchema: 'public',
  landingSchema: 'bronze',
  extract: true,
  threads: 4,
}
