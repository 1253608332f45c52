import { expect, test } from 'vitest'
import { landingSettings } from './landing-settings.ts'

test('eight jobs land at once and read what has changed, unless the environment says otherwise', () => {
  expect(landingSettings({})).toEqual({ parallelJobs: 8, incrementalLoad: true })
  expect(landingSettings({ ETL_PARALLEL_JOBS: '', ETL_INCREMENTAL_LOAD: ' ' })).toEqual(landingSettings({}))
  expect(landingSettings({ ETL_PARALLEL_JOBS: ' 3 ', ETL_INCREMENTAL_LOAD: 'True' })).toEqual({
    parallelJobs: 3,
    incrementalLoad: true,
  })
})

test.each(['false', 'FALSE', '0', 'no', 'off'])('%s as ETL_INCREMENTAL_LOAD means everything', (text) => {
  expect(landingSettings({ ETL_INCREMENTAL_LOAD: text }).incrementalLoad).toBe(false)
})

test.each(['0', '-1', '2.5', 'many', '1000'])('%s is no number of jobs', (text) => {
  expect(() => landingSettings({ ETL_PARALLEL_JOBS: text })).toThrow(`ETL_PARALLEL_JOBS is "${text}"`)
})

test('what is neither true nor false is refused', () => {
  expect(() => landingSettings({ ETL_INCREMENTAL_LOAD: 'sometimes' })).toThrow('ETL_INCREMENTAL_LOAD is')
})
