import type { Patients } from '../entities/patients.ts'
import type { Studies, Study } from '../entities/studies.ts'
import { createSubjects, type Subjects } from '../entities/subjects.ts'
import { createSchedule, type ScheduledVisit } from './schedule.ts'

/** A study, who takes part in it, where, and what is planned for each of them. */
export interface Conduct {
  readonly study: Study
  readonly subjects: Subjects
  /** The visits of a subject, the screening visit first. */
  readonly schedule: readonly ScheduledVisit[]
  /** Indexes of its sites. */
  readonly sites: readonly number[]
}

export function createConduct(study: Study, studies: Studies, patients: Patients): Conduct {
  return {
    study,
    subjects: createSubjects(study, patients),
    schedule: createSchedule(study),
    sites: studies.sitesOf(study),
  }
}
