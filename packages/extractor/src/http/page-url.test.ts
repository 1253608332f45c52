import { expect, test } from 'vitest'
import { instance, job } from '../testing/landing-fixture.ts'
import { pageUrl } from './page-url.ts'

test('joins base and endpoint and escapes what stands in them', () => {
  const url = pageUrl({
    job: job('subjects', {
      endpoint: '/studies/{studyId}/subjects/odata',
      key: [{ field: ['id'] }, { field: ['study', 'id'] }],
    }),
    instance: instance({ baseUrl: 'https://north.example/CCSWeb/' }),
    parameters: { studyId: '../a b' },
    skip: 2000,
    changedSince: '2024-05-01T00:00:00.000Z',
  })
  expect(url.href).toBe(
    'https://north.example/CCSWeb/studies/..%2Fa%20b/subjects/odata?$top=1000&$skip=2000&$count=true' +
      '&$orderby=id%2Cstudy%2Fid&$filter=modifiedDate%20ge%202024-05-01T00%3A00%3A00.000Z',
  )
})
