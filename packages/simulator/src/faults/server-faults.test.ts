import { get as httpGet } from 'node:http'
import { expect, test } from 'vitest'
import { openSimulator, type TestPage } from '../testing/simulator-client.ts'
import { createFaults } from './create-faults.ts'
import type { FaultSpec } from './fault-spec.ts'

const patients = '/api/v1/patients/odata'
const all = Array.from({ length: 50 }, (_, index) => 100_001 + index)

test('status: any, with Retry-After in seconds or as a date by the clock of the server', async () => {
  await using client = await open(
    { kind: 'status', status: 429, retryAfter: 90, first: 1 },
    { kind: 'status', status: 503, retryAfter: 90, retryAfterForm: 'date', from: 2 },
  )
  const [first, second] = [await client.get(patients), await client.get(patients)]
  expect([first.status, first.headers.get('retry-after')]).toEqual([429, '90'])
  expect([second.status, second.headers.get('retry-after')]).toEqual([503, 'Fri, 01 Mar 2024 00:01:30 GMT'])
  expect(second.headers.get('date')).toBe('Fri, 01 Mar 2024 00:00:00 GMT')
})

test('refuse_option: where one of them is there', async () => {
  await using client = await open({ kind: 'refuse_option', options: ['$orderby', '$filter'], status: 400 })
  expect((await client.get(`${patients}?$orderby=id`)).status).toBe(400)
  expect((await client.get(`${patients}?$filter=id gt 1`)).status).toBe(400)
  expect((await client.get(`${patients}?$top=1`)).status).toBe(200)
})

test('ignore_option: as if it was not there', async () => {
  await using client = await open({ kind: 'ignore_option', options: ['$filter', '$top'] })
  expect(await client.ids(`${patients}?$filter=id gt 100040&$top=3`)).toEqual(all)
})

test('cap_top: never more than so many, without a link or with one', async () => {
  await using client = await open({ kind: 'cap_top', top: 20 })
  expect(await client.ids(`${patients}?$top=30`)).toEqual(all.slice(0, 20))
  expect(await client.ids(`${patients}?$top=30&$skip=40`)).toEqual(all.slice(40))
  client.simulator.setFaults([{ kind: 'cap_top', top: 20, nextLink: true }])
  const first = await client.page(`${patients}?$top=30`)
  expect(first.value).toHaveLength(20)
  const second = await client.page(first['@odata.nextLink']!)
  expect(second.value.map(({ id }) => id)).toEqual(all.slice(20, 30))
  expect(second['@odata.nextLink']).toBeUndefined()
})

test.each<FaultSpec>([
  { kind: 'next_link', size: 15 },
  { kind: 'next_link', size: 15, form: 'path' },
  { kind: 'next_link', size: 15, form: 'relative', by: 'offset' },
])('next_link: %j leads through all records', async (spec) => {
  await using client = await open(spec)
  for (const query of ['', '?$count=true&$orderby=modifiedDate,id', '?$filter=id ge 100001']) {
    const ids: unknown[] = []
    let url: string | undefined = client.simulator.url(1) + patients + query
    let pages = 0
    for (; url !== undefined; pages += 1) {
      const page: TestPage = await client.page(url)
      ids.push(...page.value.map(({ id }) => id))
      expect(page['@odata.count']).toBe(query.includes('$count') ? 50 : undefined)
      const next: string | undefined = page['@odata.nextLink']
      url = next === undefined ? undefined : new URL(next, url).href
    }
    expect(pages).toBe(4)
    expect(ids.toSorted()).toEqual(all)
  }
})

test('next_link: what a client adds to it is refused', async () => {
  await using client = await open({ kind: 'next_link', size: 15 })
  const { '@odata.nextLink': next } = await client.page(patients)
  expect((await client.get(`${next}&$top=5`)).status).toBe(400)
  expect((await client.get(`${patients}?$skiptoken=rubbish`)).status).toBe(400)
})

test('next_link_elsewhere and next_link_to_itself', async () => {
  await using client = await open({ kind: 'next_link_elsewhere', size: 15 })
  expect((await client.page(patients))['@odata.nextLink']).toMatch(/^http:\/\/elsewhere\.example\/north\/api/)
  client.simulator.setFaults([{ kind: 'next_link_to_itself', size: 15 }])
  const first = await client.page(`${patients}?$count=true`)
  expect(await client.page(first['@odata.nextLink']!)).toEqual(first)
})

test('short_page: fewer than there could be, and none are lost', async () => {
  await using client = await open({ kind: 'short_page', missing: 4, from: 2, first: 1 })
  expect(await client.ids(`${patients}?$top=20`)).toEqual(all.slice(0, 20))
  expect(await client.ids(`${patients}?$top=20&$skip=20`)).toEqual(all.slice(20, 36))
  expect(await client.ids(`${patients}?$top=20&$skip=36`)).toEqual(all.slice(36))
})

test('same_page: the first one for ever', async () => {
  await using client = await open({ kind: 'same_page' })
  expect(await client.ids(`${patients}?$top=20&$skip=40`)).toEqual(all.slice(0, 20))
})

test('unordered: all records, in an order that stays, whatever was asked for', async () => {
  await using client = await open({ kind: 'unordered' })
  const [first, second] = await Promise.all([
    client.ids(`${patients}?$top=25&$orderby=id`),
    client.ids(`${patients}?$top=25&$skip=25&$orderby=id`),
  ])
  expect(first).not.toEqual(all.slice(0, 25))
  expect([...first, ...second].toSorted()).toEqual(all)
  expect(await client.ids(`${patients}?$orderby=id&$filter=id gt 100045`)).toHaveLength(5)
})

test.each<readonly [FaultSpec, number | undefined]>([
  [{ kind: 'no_count' }, undefined],
  [{ kind: 'wrong_count', mode: 'page' }, 5],
  [{ kind: 'wrong_count', mode: 'high', by: 2 }, 52],
  [{ kind: 'wrong_count', mode: 'low' }, 40],
])('%j', async (spec, count) => {
  await using client = await open(spec)
  expect((await client.page(`${patients}?$top=5&$count=true`))['@odata.count']).toBe(count)
})

test('bare_array, single_object, value_null, empty_204', async () => {
  const body = async (spec: FaultSpec, query: string) => {
    await using client = await open(spec)
    return (await client.get(`${patients}?${query}`)).text()
  }
  const record = JSON.parse(await body({ kind: 'bare_array' }, '$top=1')) as readonly { id: number }[]
  expect(record.map(({ id }) => id)).toEqual([100_001])
  expect(JSON.parse(await body({ kind: 'single_object' }, '$top=1'))).toEqual(record[0])
  expect(await body({ kind: 'single_object' }, '$top=2')).toContain('"value":[')
  expect(await body({ kind: 'value_null' }, '$top=1')).toContain('"value":[{')
  expect(await body({ kind: 'value_null' }, '$top=0')).toContain('"value":null}')
  expect(await body({ kind: 'value_null', when: 'always' }, '$top=1')).toContain('"value":null}')
  await using client = await open({ kind: 'empty_204' })
  expect((await client.get(`${patients}?$top=0`)).status).toBe(204)
  expect((await client.get(`${patients}?$top=1`)).status).toBe(200)
})

test('truncated_json and html_200: a success by its status', async () => {
  await using client = await open({ kind: 'truncated_json', keep: 0.9 })
  const truncated = await client.get(patients)
  expect(truncated.status).toBe(200)
  await expect(truncated.json()).rejects.toThrow()
  client.simulator.setFaults([{ kind: 'html_200', contentType: 'application/json' }])
  const page = await client.get(patients)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(await page.text()).toContain('<form action="/login">')
})

test('wrong_charset: said or not', async () => {
  await using client = await open({ kind: 'wrong_charset', declared: true })
  const name = /Renée|Søren/
  const declared = await client.get(patients)
  expect(declared.headers.get('content-type')).toBe('application/json; charset=iso-8859-1')
  expect(Buffer.from(await declared.arrayBuffer()).toString('latin1')).toMatch(name)
  client.simulator.setFaults([{ kind: 'wrong_charset' }])
  const silent = await client.get(patients)
  expect(silent.headers.get('content-type')).toContain('utf-8')
  const bytes = await silent.arrayBuffer()
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow()
})

test.each(['gzip', 'deflate', 'br'] as const)('gzip: %s, though nobody asked for it', async (encoding) => {
  await using client = await open({ kind: 'gzip', encoding })
  expect(await client.ids(patients)).toEqual(all)
  expect((await client.get(patients)).headers.get('content-encoding')).toBe(encoding)
})

test('slow_drip: bytes with pauses, and all of them at last', async () => {
  await using client = await open({ kind: 'slow_drip', bytes: 500, pauseMs: 5 })
  const started = performance.now()
  expect(await client.ids(`${patients}?$top=10`)).toEqual(all.slice(0, 10))
  expect(performance.now() - started).toBeGreaterThan(40)
})

test('timeout: never an answer, or a late one', async () => {
  await using client = await open({ kind: 'timeout', from: 2 }, { kind: 'timeout', ms: 50, first: 1 })
  const started = performance.now()
  expect((await client.get(patients)).status).toBe(200)
  expect(performance.now() - started).toBeGreaterThan(45)
  const url = client.simulator.url(1) + patients
  await expect(fetch(url, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/)
})

test('reset: before the answer, or within its body', async () => {
  await using client = await open({ kind: 'reset', first: 1 }, { kind: 'reset', at: 'body', from: 2 })
  await expect(rawGet(client.simulator.url(1) + patients)).rejects.toThrow(/ECONNRESET|socket hang up/)
  await expect(rawGet(client.simulator.url(1) + patients)).rejects.toThrow(/aborted/)
})

test('redirect: to the same origin, where it is answered, or to another', async () => {
  await using client = await open({ kind: 'redirect' })
  const response = await client.get(`${patients}?$top=2`)
  expect(response.status).toBe(307)
  expect(await client.ids(response.headers.get('location')!)).toEqual(all.slice(0, 2))
  client.simulator.setFaults([{ kind: 'redirect', origin: 'http://elsewhere.example', status: 302 }])
  const other = await client.get(patients)
  expect([other.status, other.headers.get('location')]).toEqual([
    302,
    `http://elsewhere.example/north${patients}?moved=1`,
  ])
})

test('cursor_format: one way to write a date, and no other', async () => {
  const ways = {
    iso_utc: '2024-01-15T00:00:00Z',
    iso_offset: '2024-01-15T02:00:00+02:00',
    iso_naive: '2024-01-15T00:00:00',
    date: '2024-01-15',
    quoted: "'2024-01-15T00:00:00'",
    datetime: "datetime'2024-01-15T00:00:00'",
    datetimeoffset: "datetimeoffset'2024-01-15T00:00:00Z'",
  } as const
  await using client = await open()
  const query = (date: string) =>
    `${patients}?$filter=${encodeURIComponent(`modifiedDate ge ${date} and lastName ne 'it''s 2024-01-15'`)}`
  const expected = await client.ids(query(ways.iso_utc))
  expect(expected.length).toBeGreaterThan(2)
  for (const format of Object.keys(ways) as (keyof typeof ways)[]) {
    client.simulator.setFaults([{ kind: 'cursor_format', format }])
    for (const [way, date] of Object.entries(ways)) {
      const response = await client.get(query(date))
      expect([format, way, response.status]).toEqual([format, way, way === format ? 200 : 400])
      if (way !== format) continue
      const { value } = (await response.json()) as TestPage
      expect(value.map(({ id }) => id)).toEqual(expected)
    }
  }
})

function open(...specs: readonly FaultSpec[]) {
  return openSimulator({ fault: createFaults(specs) })
}

function rawGet(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'X-ApiKey': 'simulated-key-north' }
    httpGet(url, { headers }, (response) => {
      response.on('error', reject).on('end', resolve).resume()
    }).on('error', reject)
  })
}
