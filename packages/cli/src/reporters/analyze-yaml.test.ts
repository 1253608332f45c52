import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, readProject } from '@strata/compiler'
import { type DatabaseConnector, databaseConnectorDefaults, type Job } from '@strata/core'
import type { TableProposal } from '@strata/extractor'
import { expect, it } from 'vitest'
import { analyzeFile } from './analyze-yaml.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'opendental',
  kind: 'mysql',
  timeZone: 'America/Chicago',
  instances: [
    {
      id: 5,
      name: 'clinic',
      address: { value: 'mysql://reader:hunter2@db.example.com/od' },
      credentials: { password: { env: 'OD_PASSWORD' } },
      parameters: {},
    },
  ],
}

const column = (name: string, over: Partial<TableProposal['kept'][number]> = {}) => ({
  name,
  type: 'datetime',
  role: 'edit' as const,
  refused: null,
  score: 60,
  evidence: ['datetime', '2020-04-24 … 2025-07-18'],
  min: null,
  profile: null,
  ...over,
})

function proposal(name: string, over: Partial<TableProposal> = {}): TableProposal {
  return {
    schema: null,
    name,
    relationKind: 'table',
    rows: 10,
    sample: null,
    key: { columns: ['id'], of: 'primary' },
    firstColumn: 'id',
    kept: [],
    spare: [],
    refused: [],
    compare: 'keys',
    inactive: null,
    personal: false,
    notes: [],
    error: null,
    ...over,
  }
}

it('what is printed is accepted by the project and says what was proposed', async () => {
  const jobs = await jobsOf([
    proposal('adjustment', {
      key: { columns: ['AdjNum'], of: 'primary' },
      kept: [column('SecDateTEdit'), column('ProcDate', { min: '2001-01-01' })],
      refused: [column('AdjDate', { refused: 'it holds impossible dates: 1902-07-31' })],
      personal: true,
    }),
    proposal('patplan', { key: { columns: ['PatNum', 'Ordinal'], of: 'primary' } }),
    proposal('log', { kept: [column('entered')], compare: 'rows' }),
    proposal('nothing', { key: null, inactive: 'no primary key: name its key' }),
  ])
  expect(jobs).toMatchObject([
    {
      table: 'adjustment',
      target: { name: 'opendental_adjustment_staging' },
      key: [{ field: ['AdjNum'] }],
      watermark: {
        columns: [
          { name: 'SecDateTEdit', min: null },
          { name: 'ProcDate', min: '2001-01-01' },
        ],
      },
      active: true,
    },
    { table: 'patplan', key: [{ field: ['PatNum'] }, { field: ['Ordinal'] }], watermark: null },
    { table: 'log', sweep: { everySeconds: 86_400 }, compare: 'rows' },
    { table: 'nothing', active: false, reason: 'no primary key: name its key' },
  ])
})

it('names that mean something to YAML, or break a line, stay names', async () => {
  const strange = ['yes', '007', 'a: b', '- x', '# no', "it's", 'null', 'two\nlines', '{{ x }}', 'ü, [1]']
  const jobs = await jobsOf(
    strange.map((name, index) =>
      proposal(`t${index}`, {
        key: { columns: [name], of: 'primary' },
        kept: [column(`${name}_at`)],
        refused: [column(name, { refused: `it is ${name}` })],
      }),
    ),
  )
  expect(jobs.map(({ key }) => key)).toEqual(strange.map((name) => [{ field: [name] }]))
  expect(jobs.map((job) => (job.kind === 'table' ? job.watermark?.columns[0]?.name : null))).toEqual(
    strange.map((name) => `${name}_at`),
  )
})

it('two schemas may have tables of one name, and a name with a dot is told and left out', async () => {
  const jobs = await jobsOf([
    proposal('orders'),
    proposal('orders', { schema: 'shop' }),
    proposal('rates', { schema: 'shop' }),
    proposal('a.b'),
  ])
  expect(jobs.map((job) => [job.table, job.kind === 'table' && job.relation])).toEqual([
    ['orders', { schema: null, name: 'orders' }],
    ['shop_orders', { schema: 'shop', name: 'orders' }],
    ['rates', { schema: 'shop', name: 'rates' }],
  ])
})

it('a password in the address of an instance is not copied', () => {
  const text = analyzeFile(connector, [])
  expect(text).not.toContain('hunter2')
  expect(text).toContain('url: mysql://reader@db.example.com/od')
})

async function jobsOf(proposals: readonly TableProposal[]): Promise<readonly Job[]> {
  const directory = mkdtempSync(join(tmpdir(), 'strata-analyze-'))
  try {
    mkdirSync(join(directory, 'sources'))
    writeFileSync(join(directory, 'strata.yml'), 'name: clinic\n')
    writeFileSync(join(directory, 'sources', 'opendental.yml'), analyzeFile(connector, proposals))
    const { graph, diagnostics } = compile(await readProject(directory), {
      target: {
        name: 'default',
        database: 'clinic',
        prefix: '',
        defaultSchema: 'public',
        landingSchema: 'bronze',
        extract: true,
        threads: 1,
      },
      vars: {},
      environmentVariable: () => undefined,
      runStartedAt: new Date('2026-01-01T00:00:00Z'),
      invocationId: 'test',
      command: 'compile',
      fullRefresh: false,
      log: () => {},
    })
    expect(diagnostics).toEqual([])
    return graph.nodes.flatMap((node) => (node.kind === 'job' ? [node.job] : []))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
