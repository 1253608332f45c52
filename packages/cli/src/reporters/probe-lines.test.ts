import { type EndpointJob, type Instance, jobDefaults, SourceError } from '@strata/core'
import type { EndpointFacts, JobProbe } from '@strata/extractor'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { probeLines } from './probe-lines.ts'

const north: Instance = {
  id: 1,
  name: 'north',
  address: 'https://n',
  credentials: {},
  parameters: {},
  simulated: false,
}

function job(table: string, over: Partial<EndpointJob> = {}): EndpointJob {
  return {
    ...jobDefaults,
    source: 'crm',
    table,
    name: table,
    endpoint: `/${table}`,
    target: { schema: 'bronze', name: table },
    ...over,
  }
}

function probe(facts: EndpointFacts, over: Partial<JobProbe> = {}): JobProbe {
  return { job: job('people'), instance: north, facts, error: null, requests: 9, ...over }
}

test('an instance that cannot be reached is told once, with how many endpoints it concerns', () => {
  const error = () =>
    new SourceError({ code: 'SOURCE_UNREACHABLE', message: 'crm north cannot be reached', hint: 'check it' })
  const south = { ...north, id: 2, name: 'south' }
  const text = lines([
    probe({}, { job: job('people'), error: error() }),
    probe({}, { job: job('people'), instance: south, error: error() }),
    probe({}, { job: job('visits'), error: error() }),
  ]).join('\n')
  expect(text.match(/cannot be reached/g)).toHaveLength(2)
  expect(text).toContain('(so it is with 2 endpoints of north)')
  const refusal = error()
  const refused = lines(['people', 'visits'].map((name) => probe({}, { job: job(name), error: refusal })))
  expect(refused.join('\n').match(/cannot be reached/g)).toHaveLength(1)
})

const lines = (probes: readonly JobProbe[]) => probeLines(probes, [], 80, createColors(false))

test('shows a line an endpoint, and below it what it can do, within 80 columns', () => {
  const shown = lines([
    probe({
      supported: true,
      shape: 'envelope',
      top: true,
      topCap: 100,
      skip: true,
      orderBy: false,
      keyset: true,
      count: true,
      countHonest: false,
      cursorField: 'modifiedOn',
      cursorFormat: 'datetimeoffset',
      cursorNulls: true,
      clockSkewSeconds: -90,
      total: 12_345,
      pageMilliseconds: 240,
      pageRecords: 100,
      notes: ['a note that is so long that it does not fit into one line of a terminal with eighty columns'],
    }),
  ])
  expect(shown).toEqual([
    'table   instance  answer  page                 changes',
    'people  north     list    at most 100 in 0.2s  modifiedOn datetimeoffset, or none',
    '    can: limit, skip, key filter, count (wrong)',
    '    cannot: orderby',
    '    could be read by increments: cursor: { field: modifiedOn }',
    '    its clock is 90 seconds behind',
    '    12,345 records by its own count',
    '    a note that is so long that it does not fit into one line of a terminal with',
    '    eighty columns',
  ])
})

test('wraps what is said of fields, and does not count those of a table that no model reads', () => {
  const fields = (over: object) => ({
    table: 'clinical_conductor.patients',
    assumed: 12,
    neverSeen: [],
    seen: 23,
    unused: 11,
    ...over,
  })
  const missing = { path: 'status', readers: ['silver.patients'], near: ['state'] }
  const shown = probeLines(
    [],
    [fields({ neverSeen: [missing] }), fields({ assumed: 0, unused: 23 })],
    80,
    createColors(false),
  )
  expect(shown.slice(2)).toEqual([
    'clinical_conductor.patients: 11 of 12 fields that models read occur; of 23',
    '    that occur 11 are read by none.',
    '  never seen: status (silver.patients); there is state',
    'clinical_conductor.patients: 23 fields occur, and no model reads any by its',
    '    name.',
  ])
})

test.each([
  [119, '119 seconds ahead'],
  [-3600, '60 minutes behind'],
  [-86_045_929, '995 days behind'],
])('a clock that differs by %i seconds is %s', (clockSkewSeconds, told) => {
  expect(lines([probe({ supported: true, clockSkewSeconds })]).join('\n')).toContain(`its clock is ${told}`)
})

test('tells what contradicts the declaration', () => {
  const declared = job('people', { cursor: { ...cursor, field: 'modifiedDate' } })
  const shown = lines([
    probe({ supported: false }),
    probe({ supported: true, shape: 'array' }, { job: job('audits', { active: false }) }),
    probe({ supported: true, shape: 'array', cursorField: null, cursorFormat: null }, { job: declared }),
    probe({}, { error: new SourceError({ code: 'SOURCE_FAILING', status: 503, message: 'it fails (503)' }) }),
  ]).join('\n')
  expect(shown).toMatch(/people +north +none\n.*there is no such endpoint/)
  expect(shown).toMatch(/audits +north +array\n.*answers, though/)
  expect(shown).toMatch(
    /the job names modifiedDate as its cursor; the records have nothing that\s+looks like one/,
  )
  expect(shown).toContain('changes cannot be asked for')
  expect(shown).toMatch(/people +north +503\n +it fails/)
})

const cursor = {
  lookbackSeconds: 0,
  format: null,
  startParam: null,
  min: null,
  max: null,
  onMissing: 'include',
} as const
