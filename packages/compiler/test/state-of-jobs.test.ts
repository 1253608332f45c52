import { toManifest } from '@strata/core'
import { expect, it } from 'vitest'
import type { JsonObject } from '../src/select/previous-state.ts'
import { pick } from '../src/select/testing/pick.ts'
import { compileFiles } from '../src/testing/compile-files.ts'

const project = (endpoint: string) => ({
  'strata.yml': 'name: shop\n',
  'models/visits.sql': "select 1 as id from {{ source('crm', 'visits') }}",
  'sources/crm.yml': `sources:
  - name: crm
    connector: { kind: odata, auth: { kind: none }, instances: [{ id: 1, name: a, base_url: u }] }
    tables:
      - name: visits
        job: { endpoint: ${endpoint} }
`,
})

it('state:modified picks a job that changed, which stands in its source, and not the source', () => {
  const before = compileFiles(project('/visits'))
  expect(before.diagnostics).toEqual([])
  const manifest = JSON.parse(
    JSON.stringify(toManifest(before.graph, { generatedAt: '', invocationId: '', strataVersion: '1' })),
  ) as JsonObject
  const previous = { manifest, runResults: null, sources: null, currentSources: null }
  const picked = (endpoint: string) =>
    pick(compileFiles(project(endpoint)).graph, { select: ['state:modified'], previous })
  expect(picked('/visits')).toBe('')
  expect(picked('/visits/all')).toBe('job:crm.visits')
})
