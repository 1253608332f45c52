import { type Job, SourceError } from '@strata/core'
import { jobIdentity } from '../job-identity.ts'

/** The run of a process that has lost its lock was closed by its successor. */
export function superseded({
  job,
  instanceId,
}: {
  readonly job: Job
  readonly instanceId: number
}): SourceError {
  return new SourceError({
    code: 'RUN_SUPERSEDED',
    message: `another process took over ${jobIdentity(job)} of instance ${instanceId}`,
    hint: 'our connection that held the job was cut; what the other process lands is complete',
  })
}
