import { expect, test } from 'vitest'
import { createPathCounts } from './path-counts.ts'

test('counts requests by path, and those of too many paths together', () => {
  const { counts, add } = createPathCounts(2)
  for (const id of [7, 8, 9, 10, 7, 9]) add(`/north/api/v1/studies/${id}/visits/odata`)
  expect(counts).toEqual({
    '/north/api/v1/studies/7/visits/odata': 2,
    '/north/api/v1/studies/8/visits/odata': 1,
    '/north/api/v1/studies/{id}/visits/odata': 3,
  })
})
