import { expect, test } from 'vitest'
import { openSimulator, type SimulatorClient } from '../testing/simulator-client.ts'
import { createFaults } from './create-faults.ts'
import type { FaultSpec } from './fault-spec.ts'

const patients = '/api/v1/patients/odata'

test('a fault meets the requests from one on, and so many', async () => {
  await using client = await open([{ kind: 'status', status: 503, from: 2, first: 2 }])
  expect(await statuses(client, 5)).toEqual([200, 503, 503, 200, 200])
})

test('a fault meets its path and instance alone', async () => {
  await using client = await open([
    { kind: 'status', status: 404, path: '/api/v1/studies/*/subjects/odata' },
    { kind: 'status', status: 500, path: '**/patients/**', instance: 'south' },
  ])
  expect((await client.get('/api/v1/studies/4001/subjects/odata')).status).toBe(404)
  expect((await client.get('/api/v1/studies/odata')).status).toBe(200)
  expect((await client.get(patients, 1)).status).toBe(200)
  expect((await client.get(patients, 2)).status).toBe(500)
})

test('a rate meets its share of requests, the same ones for the same seed, in whatever order they come', async () => {
  const met = async (seed: number, order: readonly number[]) => {
    await using client = await open([{ kind: 'status', status: 500, rate: 0.3, seed }])
    const found: number[] = []
    for (const skip of order) {
      if ((await client.get(`${patients}?$top=1&$skip=${skip}`)).status === 500) found.push(skip)
    }
    return found.toSorted((a, b) => a - b)
  }
  const order = Array.from({ length: 100 }, (_, index) => index)
  const first = await met(1, order)
  expect(first.length).toBeGreaterThan(15)
  expect(first.length).toBeLessThan(45)
  expect(await met(1, order.toReversed())).toEqual(first)
  expect(await met(2, order)).not.toEqual(first)
})

test('a request that fails by chance succeeds when it is tried again', async () => {
  await using client = await open([{ kind: 'status', status: 500, rate: 0.5 }])
  const found = await statuses(client, 20)
  expect(new Set(found)).toEqual(new Set([200, 500]))
})

test('conditions narrow a fault to options, page sizes and spans', async () => {
  await using client = await open([
    { kind: 'status', status: 500, option: '$count' },
    { kind: 'status', status: 501, topAbove: 20 },
    { kind: 'status', status: 503, daysAbove: 30, option: '$filter' },
    { kind: 'status', status: 400, queryMatches: '\\$filter=.* (and|or) id ' },
  ])
  const filter = (from: string, to: string) =>
    `$filter=createdDate ge ${from}T00:00:00Z and createdDate lt ${to}T00:00:00Z&$top=5`
  const cases: readonly (readonly [string, number])[] = [
    ['$top=20', 200],
    ['$top=21', 501],
    ['', 501],
    ['$top=5&$filter=modifiedDate eq null or id eq 1', 400],
    ['$top=5&$count=true', 500],
    [filter('2023-01-01', '2023-01-31'), 200],
    [filter('2023-01-01', '2023-03-01'), 503],
    ['$top=5&$filter=createdDate ge 2023-01-01T00:00:00Z', 503],
  ]
  for (const [query, status] of cases) {
    expect([query, (await client.get(`${patients}?${query}`)).status]).toEqual([query, status])
  }
})

test('faults work together: pages with links, wrong counts, odd bytes and a clock that is ahead', async () => {
  await using client = await open([
    { kind: 'next_link', size: 7 },
    { kind: 'wrong_count', mode: 'high', by: 3 },
    { kind: 'gzip' },
    { kind: 'clock_skew', seconds: 3600 },
    { kind: 'status', status: 429, first: 1 },
  ])
  expect(await statuses(client, 1)).toEqual([429])
  const response = await client.get(`${patients}?$count=true`)
  expect(response.headers.get('date')).toBe('Fri, 01 Mar 2024 01:00:00 GMT')
  expect(response.headers.get('content-encoding')).toBe('gzip')
  const page = (await response.json()) as { readonly [field: string]: unknown }
  expect(page['@odata.count']).toBe(53)
  expect(page['value']).toHaveLength(7)
  expect(page['@odata.nextLink']).toContain('$skiptoken=')
})

test('faults are replaced while the simulator runs, from within and over HTTP', async () => {
  await using client = await open([{ kind: 'status', status: 500 }])
  expect(await statuses(client, 1)).toEqual([500])
  client.simulator.setFaults([])
  expect(await statuses(client, 1)).toEqual([200])
  const control = `http://127.0.0.1:${client.simulator.port}/_simulator/faults`
  const post = (body: string) => fetch(control, { method: 'POST', body })
  expect(await (await post('[{"kind": "status", "status": 503}]')).json()).toEqual({ faults: 1 })
  expect(await statuses(client, 1)).toEqual([503])
  const refused = await post('[{"kind": "status"}]')
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('Fault 1 (status) has no status')
  expect(await statuses(client, 1)).toEqual([503])
})

test.each<readonly [unknown, string]>([
  [{}, 'The faults are not a list'],
  [['status'], 'Fault 1 is not an object'],
  [[{ kind: 'no_count' }, { kind: 'nonsense' }], 'Fault 2 is of no kind that there is: "nonsense"'],
  [[{ kind: 'cap_top' }], 'Fault 1 (cap_top) has no top'],
  [[{ kind: 'cap_top', top: '5' }], 'Fault 1 (cap_top) has a wrong top: "5"'],
  [[{ kind: 'no_count', top: 5 }], 'Fault 1 (no_count) knows no top'],
  [[{ kind: 'no_count', rate: 2 }], 'Fault 1 (no_count) has a wrong rate: 2'],
  [[{ kind: 'no_count', queryMatches: '(' }], 'Fault 1 (no_count) has no regular expression in queryMatches'],
  [[{ kind: 'refuse_option', options: ['$expand'] }], 'Fault 1 (refuse_option) has a wrong options'],
  [
    [{ kind: 'mutate', edits: [{ kind: 'drop' }] }],
    'Fault 1 (mutate), edit 1 is of no kind that there is: "drop"',
  ],
])('%j are refused: %s', (specs, message) => {
  expect(() => createFaults(specs as readonly FaultSpec[])).toThrow(message)
})

function open(specs: readonly FaultSpec[]) {
  return openSimulator({ fault: createFaults(specs) })
}

async function statuses({ get }: SimulatorClient, count: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let done = 0; done < count; done += 1) found.push((await get(`${patients}?$top=5`)).status)
  return found
}
