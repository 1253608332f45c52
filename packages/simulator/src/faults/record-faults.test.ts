import { expect, test } from 'vitest'
import { openSimulator } from '../testing/simulator-client.ts'
import { createFaults } from './create-faults.ts'
import type { FaultSpec } from './fault-spec.ts'

const patients = '/api/v1/patients/odata'
const all = Array.from({ length: 50 }, (_, index) => 100_001 + index)

test('duplicate_keys: rows are counted and skipped, the last of a pair is right and never alone', async () => {
  await using client = await open({ kind: 'duplicate_keys', rate: 0.2 })
  const truth = new Map(client.simulator.records('patients', 1).map((text) => [JSON.parse(text).id, text]))
  expect([...truth.keys()]).toEqual(all)
  for (const walk of ['offset', 'key'] as const) {
    const seen = new Map<unknown, string>()
    let rows = 0
    let last: unknown = 0
    for (let length = 1; length > 0; ) {
      const range = walk === 'offset' ? `$skip=${rows}` : `$filter=id gt ${String(last)}`
      const page = await client.page(`${patients}?$top=6&$count=true&$orderby=id&${range}`)
      length = page.value.length
      rows += length
      if (walk === 'offset') expect(page['@odata.count']).toBe(60)
      for (const record of page.value) seen.set(record['id'], JSON.stringify(record))
      last = page.value.at(-1)?.['id']
    }
    expect(rows).toBe(60)
    expect(seen.size).toBe(50)
    for (const [id, text] of truth) expect(JSON.parse(seen.get(id)!)).toEqual(JSON.parse(text))
  }
  const [first] = (await client.page(`${patients}?$top=6`)).value.filter(({ id }) => id === 100_005)
  expect(JSON.stringify(first)).toContain('(before)')
})

test('poison: a page with one of the records fails, a page without it does not', async () => {
  await using client = await open({ kind: 'poison', effect: 'status_500', ids: [100_007] })
  expect((await client.get(`${patients}?$top=10`)).status).toBe(500)
  expect((await client.get(`${patients}?$top=6`)).status).toBe(200)
  expect((await client.get(`${patients}?$top=10&$skip=7`)).status).toBe(200)
  client.simulator.setFaults([{ kind: 'poison', effect: 'malformed', ids: [100_007] }])
  await expect((await client.get(`${patients}?$top=10`)).json()).rejects.toThrow()
  expect(await client.ids(`${patients}?$top=6`)).toHaveLength(6)
})

test('poison: by rate it is always the same records', async () => {
  await using client = await open({ kind: 'poison', effect: 'status_500', rate: 0.1 })
  const bad = async () => {
    const found: number[] = []
    for (const skip of all.keys()) {
      if ((await client.get(`${patients}?$top=1&$skip=${skip}`)).status === 500) found.push(skip)
    }
    return found
  }
  const found = await bad()
  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThan(15)
  expect(await bad()).toEqual(found)
})

test('poison: texts and numbers that Postgres refuses, and one of many bytes', async () => {
  await using client = await open(
    { kind: 'poison', effect: 'nul', ids: [100_001], field: 'nul' },
    { kind: 'poison', effect: 'number', ids: [100_002], field: 'number' },
    { kind: 'poison', effect: 'huge', ids: [100_003], field: 'huge', bytes: 3_000_000 },
  )
  const text = await (await client.get(`${patients}?$top=3`)).text()
  expect(text).toContain('"nul":"a\\u0000b"')
  expect(text).toContain('"number":1e999999')
  expect(text.length).toBeGreaterThan(3_000_000)
  expect(client.simulator.records('patients', 1)[1]).toContain('"number":1e999999')
})

test('cursor_values: a filter finds them as it would anywhere', async () => {
  await using client = await open({ kind: 'cursor_values', values: ['null'], rate: 0.3 })
  const nulls = await client.ids(`${patients}?$filter=modifiedDate eq null`)
  expect(nulls.length).toBeGreaterThan(5)
  const others = await client.ids(`${patients}?$filter=modifiedDate ge 2000-01-01T00:00:00Z`)
  expect([...nulls, ...others].toSorted()).toEqual(all)
  expect(await client.ids(`${patients}?$orderby=modifiedDate&$top=${nulls.length}`)).toEqual(nulls)
})

test('cursor_values: sentinels, a day ahead, zones, seven digits', async () => {
  const values = ['0001-01-01', '9999-12-31', 'ahead', 'offsets', 'naive', 'digits'] as const
  await using plain = await open()
  const before = (await plain.page(patients)).value.map((record) => String(record['modifiedDate']))
  for (const value of values) {
    await using client = await open({ kind: 'cursor_values', values: [value] })
    const after = (await client.page(patients)).value.map((record) => String(record['modifiedDate']))
    for (const [index, text] of after.entries()) {
      const real = Date.parse(before[index]!)
      const time = Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text)
      if (value === 'ahead') expect(time).toBeGreaterThan(Date.UTC(2024, 2, 1))
      else if (value === '0001-01-01' || value === '9999-12-31') expect(text.startsWith(value)).toBe(true)
      else expect(time).toBe(real)
      if (value === 'digits') expect(text).toMatch(/\.\d{7}Z$/)
      if (value === 'naive') expect(text).not.toContain('Z')
    }
    if (value === 'offsets') {
      expect(new Set(after.map((text) => text.slice(-6)))).toEqual(new Set(['+02:00', '-05:00', '+05:30']))
    }
  }
})

test('cursor_name: records and filters know the change time by another name', async () => {
  await using client = await open({ kind: 'cursor_name', name: 'lastModified', path: patients })
  expect((await client.get(`${patients}?$filter=modifiedDate gt 2024-01-01T00:00:00Z`)).status).toBe(400)
  const { value } = await client.page(`${patients}?$filter=lastModified gt 2024-01-01T00:00:00Z`)
  expect(value.length).toBeGreaterThan(5)
  for (const record of value) {
    expect(record).not.toHaveProperty('modifiedDate')
    expect(String(record['lastModified']) > '2024').toBe(true)
  }
  expect((await client.page('/api/v1/studies/odata')).value[0]).toHaveProperty('modifiedDate')
})

test('hostile_ids: texts that hurt, by which children can be asked for', async () => {
  await using client = await open({ kind: 'hostile_ids', path: '/api/v1/studies/odata' })
  const ids = (await client.ids('/api/v1/studies/odata')) as readonly string[]
  expect(ids.every((id) => typeof id === 'string' && /\D$|\D\d+$/.test(id))).toBe(true)
  for (const id of ids) {
    const path = `/api/v1/studies/${encodeURIComponent(id)}/subjects/odata`
    const { value } = await client.page(path)
    for (const subject of value)
      expect(id.endsWith(String((subject['study'] as { id: number }).id))).toBe(true)
    const filter = encodeURIComponent(`id eq '${id.replaceAll("'", "''")}'`)
    expect(await client.ids(`/api/v1/studies/odata?$filter=${filter}`)).toEqual([id])
  }
  const walked: unknown[] = []
  for (let last = ''; ; last = String(walked.at(-1))) {
    const filter = encodeURIComponent(`id gt '${last.replaceAll("'", "''")}'`)
    const page = await client.ids(`/api/v1/studies/odata?$orderby=id&$top=2&$filter=${filter}`)
    if (page.length === 0) break
    walked.push(...page)
  }
  expect(walked.toSorted()).toEqual(ids.toSorted())
})

test('big_numbers: in a field of their own, or as keys that a double cannot tell apart', async () => {
  await using client = await open({ kind: 'big_numbers', field: 'id' })
  const text = await (await client.get(`${patients}?$orderby=id`)).text()
  const ids = [...text.matchAll(/"id":(9007\d+)/g)].map(([, digits]) => digits!)
  expect(new Set(ids).size).toBe(50)
  expect(new Set(ids.map(Number)).size).toBeLessThan(50)
  const rest = await (await client.get(`${patients}?$orderby=id&$filter=id gt ${ids[30]}`)).text()
  expect([...rest.matchAll(/"id":(9007\d+)/g)].map(([, digits]) => digits)).toEqual(ids.slice(31))
  client.simulator.setFaults([{ kind: 'big_numbers' }])
  expect(await (await client.get(patients)).text()).toContain('"bigNumber":9007199254940995')
})

test('mutate: between two pages of a walk, by offset records are passed over, by key none', async () => {
  const walk = async (next: (rows: number, last: unknown) => string) => {
    await using client = await open({
      kind: 'mutate',
      from: 3,
      first: 1,
      edits: [
        { kind: 'delete', id: 100_002 },
        { kind: 'delete', id: 100_003 },
        { kind: 'insert', count: 2 },
        { kind: 'edit', id: 100_040, fields: { lastName: 'Moved' } },
      ],
    })
    const ids: unknown[] = []
    for (;;) {
      const page = await client.ids(`${patients}?$top=10&$orderby=id&${next(ids.length, ids.at(-1) ?? 0)}`)
      if (page.length === 0) break
      ids.push(...page)
    }
    return ids
  }
  const left = [...all, 1_900_000_000, 1_900_000_001]
  expect(await walk((_, last) => `$filter=id gt ${String(last)}`)).toEqual(left)
  expect(await walk((rows) => `$skip=${rows}`)).toEqual(left.filter((id) => id !== 100_021 && id !== 100_022))
})

function open(...specs: readonly FaultSpec[]) {
  return openSimulator({ fault: createFaults(specs) })
}
