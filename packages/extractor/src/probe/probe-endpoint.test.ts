import { type ApiConnector, type EndpointJob, SourceError } from '@strata/core'
import { createFaults, type FaultSpec, type Simulator, startSimulator } from '@strata/simulator'
import { afterEach, describe, expect, test } from 'vitest'
import { createInstanceClient } from '../http/instance-client.ts'
import {
  connector,
  cursor,
  impatient,
  instance,
  job,
  patients,
  sites,
  subjects,
} from '../testing/landing-fixture.ts'
import { pageOf, type RecordReply, type RecordRequest, startRecordServer } from '../testing/record-server.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { probeEndpoint } from './probe-endpoint.ts'

const clock = () => new Date()
const never = new AbortController().signal
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function probeAt(
  address: string,
  probed: EndpointJob,
  {
    parameters = {},
    over = {},
    key = 'key',
  }: { parameters?: Record<string, string>; over?: Partial<ApiConnector>; key?: string } = {},
): Promise<EndpointFacts> {
  const place = {
    connector: connector(over),
    instance: instance({ address, credentials: { api_key: key, token: key } }),
  }
  const client = createInstanceClient(place, clock, impatient)
  return await probeEndpoint({ ...place, client, job: probed, parameters, signal: never, clock })
}

describe('a simulated endpoint', () => {
  let simulator: Simulator
  async function probe(
    probed: EndpointJob,
    faults: readonly FaultSpec[] = [],
    parameters: Record<string, string> = {},
    scale = 0.15,
  ): Promise<EndpointFacts> {
    simulator = await startSimulator({ scale, fault: createFaults(faults) })
    closing.push(() => simulator.close())
    return await probeAt(simulator.url(1), probed, { parameters, key: simulator.apiKey(1) })
  }

  test('that does all it should is found to do so, with few requests', async () => {
    const facts = await probe(patients)
    expect(facts).toMatchObject({
      supported: true,
      shape: 'envelope',
      top: true,
      topCap: null,
      skip: true,
      orderBy: true,
      keyset: true,
      keyForm: 'number',
      count: true,
      countHonest: true,
      select: true,
      filter: true,
      compoundFilter: true,
      cursorField: 'modifiedDate',
      cursorFormat: 'iso_utc',
      cursorNulls: false,
      nullFilter: true,
      nextLink: false,
      instantFields: ['createdDate', 'modifiedDate'],
      total: simulator.count('patients', 1),
      pageRecords: 100,
    })
    expect(facts.fields).toEqual(expect.arrayContaining(['id', 'primarySite', 'primarySite/id']))
    expect(facts.notes).toEqual([])
    expect(simulator.requests.total).toBeLessThan(16)
  })

  test('that gives a bare array and heeds nothing is not asked for it again and again', async () => {
    const facts = await probe({ ...sites, cursor: cursor() }, [], {}, 1)
    expect(facts).toMatchObject({
      shape: 'array',
      top: false,
      skip: false,
      orderBy: false,
      keyset: false,
      count: false,
    })
    expect(facts).toMatchObject({ filter: false, select: false, cursorFormat: null })
    expect(simulator.requests.total).toBeLessThan(6)
  })

  test.each([404, 501])('that answers %i whatever it is asked is not supported', async (status) => {
    expect(await probe(patients, [{ kind: 'status', status }])).toEqual({ supported: false })
    expect(simulator.requests.total).toBeLessThan(3)
  })

  test.each([
    ['$orderby', 'orderBy'],
    ['$skip', 'skip'],
    ['$count', 'count'],
    ['$select', 'select'],
    ['$top', 'top'],
    ['$filter', 'filter'],
  ] as const)('that refuses %s, or ignores it, is found out', async (option, fact) => {
    for (const kind of ['refuse_option', 'ignore_option'] as const) {
      const facts = await probe(patients, [{ kind, options: [option] }])
      const others = { orderBy: true, skip: true, count: true, select: true, filter: true, top: true }
      expect(facts).toMatchObject({ ...others, [fact]: false })
    }
  })

  test('that falls over an option does not support it', async () => {
    const facts = await probe(patients, [{ kind: 'status', status: 500, option: '$orderby' }])
    expect(facts).toMatchObject({ orderBy: false, keyset: true, skip: true })
  })

  test('without filters falls back to full loads', async () => {
    const facts = await probe(patients, [{ kind: 'ignore_option', options: ['$filter'] }])
    expect(facts).toMatchObject({
      keyset: false,
      filter: false,
      cursorFormat: null,
      cursorField: 'modifiedDate',
    })
  })

  test.each([
    [[{ kind: 'cap_top', top: 40 }], { topCap: 40, nextLink: false }],
    [[{ kind: 'cap_top', top: 40 }, { kind: 'no_count' }], { topCap: 40, count: false }],
    [[{ kind: 'cap_top', top: 40, nextLink: true }], { topCap: 40, nextLink: true }],
    [[{ kind: 'next_link', size: 40 }], { nextLink: true }],
    [[{ kind: 'next_link_elsewhere', size: 40 }], { nextLink: false }],
    [[{ kind: 'next_link_to_itself', size: 40 }], { nextLink: false }],
    [[{ kind: 'status', status: 400, topAbove: 30 }], { topCap: 25 }],
  ] as [FaultSpec[], EndpointFacts][])('with pages of its own (%j) is measured', async (faults, expected) => {
    expect(await probe(patients, faults)).toMatchObject(expected)
  })

  test.each<FaultSpec>([
    { kind: 'wrong_count', mode: 'page' },
    { kind: 'wrong_count', mode: 'high', by: 1 },
    { kind: 'wrong_count', mode: 'low', by: 1 },
  ])('that counts wrongly (%j) is not believed', async (fault) => {
    expect(await probe(patients, [fault])).toMatchObject({ count: true, countHonest: false })
  })

  test.each(['iso_utc', 'iso_offset', 'iso_naive', 'date', 'quoted', 'datetime', 'datetimeoffset'] as const)(
    'whose filter takes instants as %s alone is asked in this way',
    async (format) => {
      expect(await probe(patients, [{ kind: 'cursor_format', format }])).toMatchObject({
        cursorFormat: format,
      })
      expect(simulator.requests.total).toBeLessThan(24)
    },
  )

  test('whose change column has another name than declared is read by that', async () => {
    const facts = await probe(patients, [{ kind: 'cursor_name', name: 'lastModified' }])
    expect(facts).toMatchObject({ cursorField: 'lastModified', cursorFormat: 'iso_utc' })
  })

  test('with records without a change time, and impossible ones, is told so', async () => {
    const values = ['null', '9999-12-31', '0001-01-01', 'offsets', 'naive', 'digits'] as const
    const facts = await probe(patients, [{ kind: 'cursor_values', values, rate: 0.3 }])
    expect(facts).toMatchObject({ cursorNulls: true, nullFilter: true, cursorFormat: 'iso_utc' })
  })

  test('whose pages are short by chance has no cap', async () => {
    expect(await probe(patients, [{ kind: 'short_page' }])).not.toMatchObject({ topCap: expect.any(Number) })
  })

  test('whose keys are texts, some of them hostile, is asked by them all the same', async () => {
    expect(await probe(patients, [{ kind: 'hostile_ids', rate: 0.5 }])).toMatchObject({
      orderBy: true,
      keyset: true,
      keyForm: 'string',
      compoundFilter: true,
    })
  })

  test('whose keys are beyond what a double holds', async () => {
    const big = { ...patients, key: [{ field: ['externalId'] }] }
    expect(await probe(big)).toMatchObject({
      orderBy: true,
      keyset: true,
      compoundFilter: true,
      keyForm: 'number',
    })
  })

  test.each<FaultSpec>([
    { kind: 'wrong_count', mode: 'high', by: 3 },
    { kind: 'wrong_count', mode: 'low', by: 3 },
    { kind: 'unordered' },
    { kind: 'same_page' },
    { kind: 'bare_array' },
    { kind: 'value_null', when: 'always' },
    { kind: 'empty_204', when: 'always' },
    { kind: 'duplicate_keys' },
    { kind: 'truncated_json' },
    { kind: 'html_200' },
    { kind: 'gzip' },
    { kind: 'wrong_charset' },
    { kind: 'clock_skew', seconds: -86_400 },
    { kind: 'status', status: 500, rate: 0.2 },
    { kind: 'status', status: 429, retryAfter: 0, rate: 0.2 },
    { kind: 'reset', at: 'body', rate: 0.2 },
    { kind: 'poison', effect: 'malformed', rate: 0.001 },
    { kind: 'redirect' },
  ])('with the fault %j gives facts, or says why not', async (fault) => {
    const end = await probe(patients, [fault]).catch((error: unknown) => error)
    if (end instanceof Error) expect(end).toBeInstanceOf(SourceError)
    else expect(end).toMatchObject({ supported: true })
  })

  test('of one slice is asked with its parameters', async () => {
    const study = await probe(job('studies', { endpoint: '/api/v1/studies/odata' }))
    expect(study.supported).toBe(true)
    expect(await probe(subjects, [], { studyId: '1001' })).toHaveProperty('supported')
  })
})

describe('an endpoint of another kind', () => {
  async function serve(answer: (request: RecordRequest) => RecordReply) {
    const server = await startRecordServer(answer)
    closing.push(() => server.close())
    return server
  }
  const records = Array.from({ length: 25 }, (_, index) => ({
    id: `r${index}`,
    dateUpdated: `2024-05-01T00:00:${10 + index}Z`,
  }))

  test('that is empty still shows what it refuses', async () => {
    const { url } = await serve(({ query }) =>
      query.has('$orderby') || query.has('$count') || /Z$/.test(query.get('$filter') ?? '')
        ? { status: 400, body: {} }
        : { body: { value: [] } },
    )
    expect(await probeAt(url, job('empty'))).toMatchObject({
      supported: true,
      orderBy: false,
      count: false,
      cursorFormat: 'iso_offset',
      shape: 'envelope',
    })
  })

  test('that stumbles over quotes in keys knows compound filters all the same', async () => {
    const keyed = ["o'brien", 'a-1', 'b-2', 'c-3'].map((id) => ({ id }))
    const { url } = await serve(({ query }) => {
      const filter = query.get('$filter') ?? ''
      if (filter.includes("''")) return { status: 500, body: {} }
      const found = / ne '([^']*)'/.test(filter)
        ? keyed.filter(({ id }) => filter.includes(`eq '${id}'`) && !filter.includes(`ne '${id}'`))
        : keyed
      return { body: { value: found.slice(0, Number(query.get('$top') ?? 1000)) } }
    })
    expect(await probeAt(url, job('quoted'))).toMatchObject({ compoundFilter: true })
  })

  test('that takes each option, but not all at once, is asked for fewer', async () => {
    const { url } = await serve(({ query }) => {
      if (query.has('$orderby') && query.has('$count')) return { status: 400, body: {} }
      const sorted = query.get('$orderby') === 'id desc' ? [...numbered].reverse() : numbered
      return query.has('$filter') ? { status: 400, body: {} } : pageOf(sorted, query)
    })
    const numbered = records.map((record, id) => ({ ...record, id }))
    const both = await probeAt(url, job('both'))
    expect(both).toMatchObject({ count: false, orderBy: true, skip: true })
    expect(both.notes).toContain('$count is refused together with $orderby, and done without')
  })

  test('that gives one object, and no list, says so', async () => {
    const { url } = await serve(() => ({ body: { id: 1, name: 'x' } }))
    expect(await probeAt(url, job('one'))).toMatchObject({ supported: true, shape: 'object' })
  })

  test('with a limit on the key alone and a count that is too small', async () => {
    const { url } = await serve(({ query }) => {
      const { body } = pageOf(records, query)
      return { body: { ...(body as object), '@odata.count': 7 } }
    })
    expect(await probeAt(url, job('short'))).toMatchObject({ countHonest: false, total: 7 })
  })

  test('that is no OData API is asked as the job declares it', async () => {
    const contacts = job('contacts', {
      endpoint: '/contacts/',
      params: { locationId: '{locationId}' },
      recordPath: ['contacts'],
      paging: { kind: 'cursor', params: { startAfterId: ['meta', 'startAfterId'] }, limitParam: 'limit' },
      cursor: cursor({ field: 'dateUpdated' }),
    })
    const { url, requests } = await serve(({ query }) => {
      const at = records.findIndex(({ id }) => id === query.get('startAfterId')) + 1
      const page = records.slice(at, at + Math.min(20, Number(query.get('limit') ?? 20)))
      return { body: { contacts: page, meta: { total: 25, startAfterId: page.at(-1)?.id } } }
    })
    const facts = await probeAt(url, contacts, {
      parameters: { locationId: 'L1' },
      over: { kind: 'rest', auth: { kind: 'bearer' } },
    })
    expect(facts).toMatchObject({
      shape: 'envelope',
      top: true,
      skip: true,
      cursorField: 'dateUpdated',
      notes: ['beside the records: meta.total, meta.startAfterId'],
    })
    expect(facts).not.toHaveProperty('cursorFormat')
    expect(requests.every(({ query }) => query.get('locationId') === 'L1' && !query.has('$top'))).toBe(true)
  })

  test('whose records stand elsewhere says where', async () => {
    const { url } = await serve(() => ({ body: { data: { people: records }, meta: { total: 25 } } }))
    const people = job('people', { paging: { kind: 'single' } })
    const { notes } = await probeAt(url, people, { over: { kind: 'rest' } })
    expect(notes).toContain('the records stand under data.people: declare it as data_selector')
  })

  test('that takes the lower bound in a parameter of its own', async () => {
    const since = job('since', {
      paging: { kind: 'single' },
      cursor: cursor({ field: 'dateUpdated', startParam: 'updated_since' }),
    })
    const { url } = await serve(({ query }) => {
      const bound = query.get('updated_since')
      if (bound !== null && !/^\d+$/.test(bound)) return { status: 422, body: {} }
      return {
        body: records.filter(
          ({ dateUpdated }) => bound === null || Date.parse(dateUpdated) >= Number(bound) * 1000,
        ),
      }
    })
    expect(await probeAt(url, since, { over: { kind: 'rest' } })).toMatchObject({
      cursorFormat: 'epoch_seconds',
    })
  })

  test('whose filter takes quoted instants alone, and its keys are texts', async () => {
    const { url } = await serve(({ query }) => {
      const filter = query.get('$filter') ?? ''
      const bound = /^dateUpdated ge '([^']+)'$/.exec(filter)?.[1]
      const after = /^id gt '([^']+)'$/.exec(filter)?.[1]
      if (filter !== '' && bound === undefined && after === undefined) return { status: 400, body: {} }
      const sorted = records
        .filter(({ dateUpdated }) => bound === undefined || Date.parse(dateUpdated) >= Date.parse(bound))
        .filter(({ id }) => after === undefined || id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      return pageOf(query.get('$orderby') === 'id desc' ? sorted.reverse() : sorted, query)
    })
    expect(await probeAt(url, job('quoted', { cursor: cursor({ field: 'dateUpdated' }) }))).toMatchObject({
      cursorFormat: 'quoted',
      keyset: true,
      keyForm: 'string',
      compoundFilter: false,
      nullFilter: false,
    })
  })

  test('says nothing of its records but names and counts', async () => {
    const { url } = await serve(({ query }) =>
      pageOf(
        [
          { id: 1, name: 'Mary Major', born: '1970-02-03T00:00:00Z' },
          { id: 2, name: 'Ann Other' },
        ],
        query,
      ),
    )
    const text = JSON.stringify(await probeAt(url, job('private')))
    expect(text).not.toMatch(/Mary|1970/)
    expect(text).toContain('born')
  })

  test('that refuses our key is not probed on', async () => {
    const { url, requests } = await serve(() => ({ status: 401, body: {} }))
    await expect(probeAt(url, job('locked'))).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(requests).toHaveLength(1)
  })
})
