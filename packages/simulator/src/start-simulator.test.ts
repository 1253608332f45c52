import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from './clock.ts'
import { DAY } from './content/epoch.ts'
import { type Simulator, startSimulator } from './start-simulator.ts'

interface Page {
  readonly '@odata.context': string
  readonly '@odata.count'?: number
  readonly value: readonly { readonly [field: string]: unknown }[]
}

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())

describe('an OData endpoint', () => {
  test('gives a page in an envelope', async () => {
    const response = await call('/patients/odata?$top=3')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('date')).toBe('Fri, 01 Mar 2024 00:00:00 GMT')
    const page = (await response.json()) as Page
    expect(Object.keys(page)).toEqual(['@odata.context', 'value'])
    expect(page['@odata.context']).toMatch(/\/north\/api\/v1\/\$metadata#Patients$/)
    expect(page.value.map((record) => record.id)).toEqual([100_001, 100_002, 100_003])
  })

  test('writes ids as numbers and keeps the digits of large and decimal ones', async () => {
    const text = await (await call('/patients/odata?$top=50')).text()
    expect(text).toContain('"id":100001,"externalId":9007199254940995,')
    expect(text).toMatch(/"heightCm":\d{3}\.\d0,/)
  })

  test('gives all records once over the pages of a walk, and then none', async () => {
    const ids: unknown[] = []
    for (let skip = 0; ; skip += 300) {
      const { value } = await page(`/patients/odata?$top=300&$skip=${skip}`)
      if (value.length === 0) break
      ids.push(...value.map((record) => record.id))
    }
    expect(new Set(ids).size).toBe(1000)
    expect(ids).toHaveLength(1000)
  })

  test('gives a thousand where $top is absent, as many as asked up to 5000, and none for 0', async () => {
    const large = await startSimulator({ scale: 3 })
    try {
      expect((await page('/patients/odata', large)).value).toHaveLength(1000)
      expect((await page('/patients/odata?$top=5000', large)).value).toHaveLength(3000)
      expect((await page('/patients/odata?$top=0&$count=true', large))['@odata.count']).toBe(3000)
    } finally {
      await large.close()
    }
  })

  test('counts what the filter finds, whatever the page', async () => {
    const filter = '$filter=modifiedDate ge 2024-02-01T00:00:00Z and primarySite/id ne null'
    const first = await page(`/patients/odata?${filter}&$count=true&$top=5&$orderby=modifiedDate desc`)
    const all = await page(`/patients/odata?${filter}`)
    expect(first.value).toHaveLength(5)
    expect(first['@odata.count']).toBe(all.value.length)
    const times = all.value.map((record) => String(record.modifiedDate)).toSorted()
    expect(first.value.map((record) => record.modifiedDate)).toEqual(times.toReversed().slice(0, 5))
  })

  test('gives the selected properties alone', async () => {
    const { value } = await page('/studies/odata?$select=sponsor/name,id&$top=1')
    expect(value).toEqual([{ id: 4001, sponsor: { name: expect.any(String) } }])
  })

  test('gives the subjects of a study', async () => {
    const { value } = await page('/studies/4001/subjects/odata')
    expect(value.length).toBeGreaterThan(5)
    for (const subject of value) expect(subject.study).toMatchObject({ id: 4001 })
  })
})

test('/sites gives a bare array of everything', async () => {
  const sites = (await (await call('/sites?$top=1&$skip=5')).json()) as unknown[]
  expect(sites).toHaveLength(8)
})

describe('a request that goes wrong', () => {
  test.each([
    ['no key', '/north/api/v1/sites', {}, 401],
    ['a wrong key', '/north/api/v1/sites', { 'X-ApiKey': 'guess' }, 401],
    ["another instance's key", '/north/api/v1/sites', { 'X-ApiKey': 'simulated-key-south' }, 401],
    ['an unknown endpoint', '/north/api/v1/users/odata', undefined, 404],
    ['an unknown instance', '/west/api/v1/sites', undefined, 404],
    ['an unknown study', '/north/api/v1/studies/1/subjects/odata', undefined, 404],
    ['a study id that is none', '/north/api/v1/studies/abc/subjects/odata', undefined, 404],
    ['no path', '/', undefined, 404],
    ['a malformed filter', '/north/api/v1/patients/odata?$filter=id eq', undefined, 400],
    [
      'an unescaped plus',
      '/north/api/v1/patients/odata?$filter=modifiedDate ge 2024-01-01T00:00:00+02:00',
      undefined,
      400,
    ],
    ['a function', "/north/api/v1/patients/odata?$filter=contains(lastName,'x')", undefined, 501],
    ['an unknown option', '/north/api/v1/patients/odata?$expand=x', undefined, 501],
  ])('for %s gets an error in JSON', async (_, path, headers, status) => {
    const origin = simulator.url(1).replace('/north', '')
    const response = await fetch(origin + path, { headers: headers ?? { 'X-ApiKey': simulator.apiKey(1) } })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      error: { code: expect.any(String), message: expect.any(String) },
    })
  })

  test('may only GET', async () => {
    const response = await call('/patients/odata', simulator, { method: 'POST', body: '{}' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET')
  })
})

describe('two simulators', () => {
  test('give the same bytes, and other ones for another seed', async () => {
    const [one, other, third] = await Promise.all([
      startSimulator({ seed: 5, scale: 0.2 }),
      startSimulator({ seed: 5, scale: 0.2 }),
      startSimulator({ seed: 6, scale: 0.2 }),
    ])
    try {
      for (const path of ['/sites', '/studies/odata', '/patients/odata', '/studies/4001/subjects/odata']) {
        const texts = await Promise.all(
          [one, other, third].map(async (from) =>
            (await (await call(path, from)).text()).replaceAll(`:${from.port}`, ''),
          ),
        )
        expect(texts[1]).toBe(texts[0])
        expect(texts[2]).not.toBe(texts[0])
      }
    } finally {
      await Promise.all([one.close(), other.close(), third.close()])
    }
  })
})

test('a filter on modifiedDate finds just what has changed since the clock was advanced', async () => {
  const clock = createClock()
  const moving = await startSimulator({ clock })
  try {
    const before = clock.now()
    clock.advance(DAY)
    for (const id of [1, 2]) {
      const filter = encodeURIComponent(`modifiedDate gt ${before.toISOString()}`)
      const { value } = await page(`/patients/odata?$filter=${filter}`, moving, id)
      const { inserted, changed } = moving.changesBetween('patients', id, before, clock.now())
      expect(value).toHaveLength(inserted + changed)
      expect(inserted).toBeGreaterThan(0)
      expect(moving.count('patients', id)).toBe(1000 + inserted)
    }
  } finally {
    await moving.close()
  }
})

test('requests are counted, by status and by path', async () => {
  const counted = await startSimulator({ scale: 0.1 })
  try {
    await page('/patients/odata', counted)
    await call('/nothing', counted)
    await fetch(`http://127.0.0.1:${counted.port}/_simulator`)
    expect(counted.requests).toEqual({
      total: 2,
      records: 100,
      byStatus: { 200: 1, 404: 1 },
      byPath: { '/north/api/v1/patients/odata': 1, '/north/api/v1/nothing': 1 },
    })
  } finally {
    await counted.close()
  }
})

test('a fault may replace an answer, change it, or break the server', async () => {
  let calls = 0
  const faulty = await startSimulator({
    fault: (_, answer) => {
      calls += 1
      if (calls === 1) return { status: 429, headers: { 'retry-after': '1' }, body: '' }
      if (calls === 2) return { ...answer(), body: answer().body.slice(0, 40) }
      throw new Error('broken')
    },
  })
  try {
    expect((await call('/sites', faulty)).status).toBe(429)
    await expect((await call('/sites', faulty)).json()).rejects.toThrow()
    expect((await call('/sites', faulty)).status).toBe(500)
  } finally {
    await faulty.close()
  }
})

describe('the control endpoints', () => {
  test('tell what is served and advance the clock, without a key', async () => {
    const clock = createClock()
    const controlled = await startSimulator({ clock })
    const control = `http://127.0.0.1:${controlled.port}/_simulator`
    try {
      expect(await (await fetch(control)).json()).toMatchObject({
        now: '2024-03-01T00:00:00.000Z',
        instances: [
          { id: 1, name: 'north', url: controlled.url(1), records: { patients: 1000, studies: 20 } },
          { id: 2, name: 'south' },
        ],
      })
      const advanced = await fetch(`${control}/advance?days=1.5`, { method: 'POST' })
      expect(await advanced.json()).toEqual({ now: '2024-03-02T12:00:00.000Z' })
      expect((await fetch(`${control}/advance?days=-1`, { method: 'POST' })).status).toBe(400)
      expect((await fetch(`${control}/advance`)).status).toBe(405)
      expect((await fetch(`${control}/nothing`)).status).toBe(404)
      expect(clock.now().toISOString()).toBe('2024-03-02T12:00:00.000Z')
    } finally {
      await controlled.close()
    }
  })
})

describe('closing', () => {
  test('waits neither for idle kept-alive connections nor for requests under way', async () => {
    const closing = await startSimulator({ fault: () => new Promise(() => {}) })
    const agent = new Agent({ keepAlive: true })
    const idle = get(`http://127.0.0.1:${closing.port}/_simulator`, { agent })
    await new Promise<void>((resolve) => {
      idle.once('response', (response) => response.resume().once('end', resolve))
    })
    const stuck = request(`${closing.url(1)}/api/v1/sites`)
    const broken = new Promise((resolve) => stuck.once('error', resolve))
    stuck.end()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await closing.close()
    await closing.close()
    expect(await broken).toBeInstanceOf(Error)
    agent.destroy()
  })
})

test('after unref a process ends although the simulator still runs and holds a connection', async () => {
  const module = fileURLToPath(new URL('./index.ts', import.meta.url))
  const script = `const { startSimulator } = await import(${JSON.stringify(module)})
    const simulator = await startSimulator({ scale: 0.01 })
    await (await fetch(simulator.url(1))).text()
    simulator.unref()`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script])
  expect(await once(child, 'exit')).toEqual([0, null])
})

describe('options', () => {
  test.each([
    [{ scale: 0 }, "simulator's scale"],
    [{ scale: Number.NaN }, "simulator's scale"],
    [{ seed: 1.5 }, "simulator's seed"],
    [{ port: 70_000 }, "simulator's port"],
    [{ instances: [] }, 'simulated instances'],
    [{ collections: { 'things/odata': { records: [] } } }, 'A collection is to be served at "things/odata"'],
    [{ instances: [{ id: 1, name: 'North/1', apiKey: 'k' }] }, 'simulated instance is named'],
    [
      {
        instances: [
          { id: 1, name: 'a', apiKey: 'k' },
          { id: 1, name: 'b', apiKey: 'k' },
        ],
      },
      'share an id',
    ],
  ])('%j are refused', async (options, message) => {
    await expect(startSimulator(options)).rejects.toThrow(message)
  })

  test('a port that is taken is named', async () => {
    await expect(startSimulator({ port: simulator.port })).rejects.toMatchObject({
      code: 'SIMULATOR_PORT_TAKEN',
      message: `Port ${simulator.port} is taken by another process.`,
    })
  })

  test('instances can be of one own choice', async () => {
    const own = await startSimulator({ scale: 0.01, instances: [{ id: 7, name: 'west', apiKey: 'w' }] })
    try {
      expect(own.url(7)).toBe(`http://127.0.0.1:${own.port}/west`)
      expect((await page('/patients/odata', own, 7)).value).toHaveLength(10)
      expect(() => own.url(1)).toThrow('no instance 1')
    } finally {
      await own.close()
    }
  })
})

function call(
  path: string,
  from: Simulator = simulator,
  init: RequestInit = {},
  instanceId?: number,
): Promise<Response> {
  const id = instanceId ?? from.instances[0]!.id
  return fetch(`${from.url(id)}/api/v1${path}`, { ...init, headers: { 'X-ApiKey': from.apiKey(id) } })
}

async function page(path: string, from: Simulator = simulator, instanceId?: number): Promise<Page> {
  const response = await call(path, from, {}, instanceId)
  expect(response.status).toBe(200)
  return (await response.json()) as Page
}
