import { expect, test } from 'vitest'
import { instance, job } from '../testing/landing-fixture.ts'
import { linkedUrl, pageUrl } from './page-url.ts'

const subjects = job('subjects', {
  endpoint: '/studies/{studyId}/subjects/odata',
  params: { locationId: '{place}' },
})
const address = {
  job: subjects,
  instance: instance({ address: 'https://example.com/ccs/', parameters: { place: 'L 1' } }),
  parameters: { studyId: 'a/b?c' },
}

test('a page is asked for by path and query, with every value encoded', () => {
  const url = pageUrl({
    ...address,
    filters: ['modifiedDate ge 2024-05-01T10:00:00.000Z', 'id gt 7'],
    query: { $top: '10' },
  })
  expect(url.href).toBe(
    'https://example.com/ccs/studies/a%2Fb%3Fc/subjects/odata?locationId=L%201&$top=10&$filter=modifiedDate%20ge%202024-05-01T10%3A00%3A00.000Z%20and%20id%20gt%207',
  )
})

test('a next link may be relative, and leads to no other origin', () => {
  expect(linkedUrl('?$skiptoken=x', address).href).toBe(
    'https://example.com/ccs/studies/a%2Fb%3Fc/subjects/odata?$skiptoken=x',
  )
  for (const elsewhere of [
    'https://example.org/x',
    '//example.org/x',
    'http://example.com/x',
    'javascript:1',
  ])
    expect(() => linkedUrl(elsewhere, address)).toThrow(
      expect.objectContaining({ code: 'SOURCE_LINK_ELSEWHERE' }),
    )
})
