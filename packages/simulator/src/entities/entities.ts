import { appointments } from './appointments.ts'
import { elements } from './elements.ts'
import type { Entity } from './entity.ts'
import { patientVisitElements } from './patient-visit-elements.ts'
import { patientVisits } from './patient-visits.ts'
import { patients } from './patients.ts'
import { sites } from './sites.ts'
import { staff } from './staff.ts'
import { studies } from './studies.ts'
import { studyActions } from './study-actions.ts'
import { studyDocuments } from './study-documents.ts'
import { studyMilestones } from './study-milestones.ts'
import { studyNotes } from './study-notes.ts'
import { studyQueries } from './study-queries.ts'
import { subjects } from './subjects.ts'
import { visitElements } from './visit-elements.ts'
import { visits } from './visits.ts'

/** A new entity is a file beside this one and a line here. */
export const entities = {
  sites,
  studies,
  patients,
  subjects,
  elements,
  staff,
  visits,
  visit_elements: visitElements,
  patient_visits: patientVisits,
  patient_visit_elements: patientVisitElements,
  appointments,
  study_documents: studyDocuments,
  queries: studyQueries,
  study_actions: studyActions,
  study_milestones: studyMilestones,
  study_notes: studyNotes,
} as const satisfies { readonly [name: string]: Entity }

/** Of the editions that are not simulated: 501. Other unknown paths: 404. */
export const otherEditions: readonly string[] = ['/api/v1/monitor-queries/odata', '/api/v1/engagements/odata']
