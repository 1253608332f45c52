import type { Job } from '@strata/core'
import { jobIdentity } from '../job-identity.ts'

/** A job of one instance, whether or not it has ever landed. */
export interface JobInstance {
  readonly job: Job
  readonly instanceId: number
}

/** As `jsonb_to_recordset` takes them: `identity text, name text, instance_id integer`. */
export function asRecords(wanted: readonly JobInstance[]): string {
  return JSON.stringify(
    wanted.map(({ job, instanceId }) => ({
      identity: jobIdentity(job),
      name: job.name,
      instance_id: instanceId,
    })),
  )
}
