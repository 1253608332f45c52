import type { JobNode } from '@strata/core'
import { expect, test } from 'vitest'
import { meantJob } from './job-names.ts'

const node = (table: string, name: string) =>
  ({ name: `crm.${table}`, job: { table, name } }) as unknown as JobNode
const jobs = [node('visits', 'PatientVisits'), node('sites', 'Sites')]

test('a job that is called by its name in dw_etl_jobs is told by its own', () => {
  expect(meantJob('PatientVisits', jobs)).toBe(
    'Did you mean "crm.visits"? PatientVisits is its name in dw_etl_jobs.',
  )
  expect(meantJob('patientvisits', jobs)).toContain('"crm.visits"')
  expect(meantJob('sites', jobs)).toBe('Did you mean "crm.sites"?')
  expect(meantJob('crm', jobs)).toBeNull()
})
