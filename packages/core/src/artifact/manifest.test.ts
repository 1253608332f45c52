import { expect, it } from 'vitest'
import type { Graph } from '../graph.ts'
import type { JobNode, Node, SourceNode } from '../node.ts'
import { manifestText, toManifest } from './manifest.ts'
import { manifestEntry } from './manifest-entry.ts'

const metadata = { generatedAt: '', invocationId: '', strataVersion: '1', database: 'shop' }

const base = {
  packageName: 'shop',
  location: { file: 'sources/crm.yml', line: 1, column: 1 },
  description: '',
  tags: [],
  meta: {},
  patchPath: null,
  group: null,
  parents: [],
}

const source: SourceNode = {
  ...base,
  kind: 'source',
  id: 'source.shop.crm.visits',
  name: 'crm.visits',
  fqn: ['shop', 'crm', 'visits'],
  parents: ['job.shop.crm.visits'],
  sourceName: 'crm',
  relation: { schema: 'bronze', name: 'visits' },
  columns: [],
  config: {},
  loader: null,
  freshness: null,
  loadedAtField: null,
  tracksChanges: true,
}

const job = {
  ...base,
  kind: 'job',
  id: 'job.shop.crm.visits',
  name: 'crm.visits',
  fqn: ['shop', 'crm', 'visits'],
  job: { endpoint: '/visits' },
} as unknown as JobNode

const graph = (nodes: readonly Node[]): Graph => ({
  projectName: 'shop',
  nodes,
  groups: [],
  macros: [],
  onRunStart: [],
  onRunEnd: [],
})

it('the text made of entries says the same as the manifest, with jobs in the configuration of their sources', () => {
  const given = graph([job, source])
  const text = manifestText(given, metadata, (node) => JSON.stringify(manifestEntry(node, 'shop')))
  const manifest = JSON.parse(text) as { sources: { [id: string]: object } }
  expect(manifest).toEqual(JSON.parse(JSON.stringify(toManifest(given, metadata))))
  expect(manifest.sources[source.id]).toMatchObject({
    relation_name: '"shop"."bronze"."visits"',
    config: { enabled: true, job: { unique_id: job.id, endpoint: '/visits' } },
  })
})

it('references are told from parents: those of other packages, versions, and sources', () => {
  const exposure = {
    ...base,
    kind: 'exposure',
    id: 'exposure.shop.board',
    name: 'board',
    fqn: ['shop', 'board'],
    type: 'dashboard',
    label: null,
    url: null,
    maturity: null,
    owner: { name: 'Ada' },
    config: {},
    parents: ['model.shop.orders', 'model.tools.days', 'model.shop.members.v2', 'source.shop.crm.visits'],
  } as const satisfies Node
  expect(manifestEntry(exposure)).toMatchObject({
    refs: [
      { name: 'orders', package: null, version: null },
      { name: 'days', package: 'tools', version: null },
      { name: 'members', package: null, version: 2 },
    ],
    sources: [['crm', 'visits']],
  })
})
