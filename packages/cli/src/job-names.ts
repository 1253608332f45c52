import type { JobNode } from '@strata/core'

/**
 * What to say to who calls a job by the name that it has in `dw_etl_jobs` (`Patients`), which people's queries show, in place of
 * its own (`crm.patients`); null: no job has that name there.
 */
export function meantJob(text: string, jobs: readonly JobNode[]): string | null {
  const wanted = text.toLowerCase()
  const meant = jobs.filter(
    ({ job }) => job.name.toLowerCase() === wanted || job.table.toLowerCase() === wanted,
  )
  if (meant.length === 0) return null
  const names = meant.map(({ name }) => `"${name}"`).join(' or ')
  const known = meant.some(({ job }) => job.table.toLowerCase() !== wanted)
  return `Did you mean ${names}?${known ? ` ${text} is its name in dw_etl_jobs.` : ''}`
}
