import { describe, expect, test } from 'vitest'
import { createClock } from '../clock.ts'
import { DAY } from '../content/epoch.ts'
import type { Target } from '../start-simulator.ts'
import { openSimulator, type SimulatorClient } from '../testing/simulator-client.ts'

const patients = '/api/v1/patients/odata'
const all = Array.from({ length: 50 }, (_, index) => 100_001 + index)

describe('a record of the simulated world', () => {
  test('leaves its pages, its count and its filters when it is deleted', async () => {
    await using client = await openSimulator()
    const { simulator } = client
    for (const id of [100_001, 100_020, 100_021, 100_050]) simulator.delete('patients', 1, id)
    const left = all.filter((id) => ![100_001, 100_020, 100_021, 100_050].includes(id))
    const page = await client.page(`${patients}?$count=true`)
    expect(page.value.map(({ id }) => id)).toEqual(left)
    expect(page['@odata.count']).toBe(46)
    expect(await client.ids(`${patients}?$skip=18&$top=2`)).toEqual([100_022, 100_023])
    expect(await client.ids(`${patients}?$filter=id ge 100019 and id lt 100024`)).toEqual([
      100_019, 100_022, 100_023,
    ])
    expect(simulator.count('patients', 1)).toBe(46)
    expect(simulator.count('patients', 2)).toBe(50)
    expect(() => simulator.delete('patients', 1, 100_001)).toThrow('There is no record 100001')
  })

  test('moves its change time when it is edited, and keeps the edit through its own changes', async () => {
    const clock = createClock()
    await using client = await openSimulator({ clock })
    const { simulator } = client
    const before = clock.now().toISOString()
    simulator.edit('patients', 1, 100_005, { lastName: 'Renamed' })
    simulator.edit('patients', 1, 100_006, { lastName: 'Silent' }, { keepsStamp: true })
    const changed = () => client.page(`${patients}?$filter=modifiedDate gt ${before}`)
    expect((await changed()).value).toMatchObject([{ id: 100_005, lastName: 'Renamed' }])
    expect(await client.ids(`${patients}?$filter=lastName eq 'Silent'`)).toEqual([100_006])
    const last = await client.ids(`${patients}?$orderby=modifiedDate,id&$skip=49`)
    expect(last).toEqual([100_005])
    clock.advance(300 * DAY)
    const { value } = await client.page(`${patients}?$filter=id eq 100005`)
    expect(value[0]).toMatchObject({ lastName: 'Renamed' })
    expect(String(value[0]!['modifiedDate']) > '2024-03-02').toBe(true)
  })

  test('comes new at the end, with a time and numbers of its own', async () => {
    await using client = await openSimulator()
    const { simulator } = client
    const id = simulator.insert('patients', 1, { lastName: 'Added' })
    expect(id).toBe(1_900_000_000)
    const [record] = (await client.page(`${patients}?$filter=id gt 100050`)).value
    expect(record).toMatchObject({ id, lastName: 'Added', createdDate: '2024-03-01T00:00:00.001Z' })
    expect(Object.keys(record!)).toEqual(Object.keys((await client.page(`${patients}?$top=1`)).value[0]!))
    expect(() => simulator.insert('patients', 1, { id: 100_001 })).toThrow('cannot be inserted')
    expect(() => simulator.insert('patients', 1, { id: 100_051 })).toThrow('ids from 1900000000 on')
  })

  test('may come back after it was deleted', async () => {
    await using client = await openSimulator()
    const { simulator } = client
    const original = simulator.records('patients', 1)[9]!
    simulator.delete('patients', 1, 100_010)
    expect(simulator.insert('patients', 1, { id: 100_010, lastName: 'Back' })).toBe(100_010)
    expect(await client.ids(patients)).toEqual(all)
    const back = JSON.parse(simulator.records('patients', 1)[9]!)
    expect(back).toMatchObject({ id: 100_010, lastName: 'Back', createdDate: '2024-03-01T00:00:00.002Z' })
    expect(back.firstName).toBe(JSON.parse(original).firstName)
    const added = simulator.insert('patients', 1)
    simulator.delete('patients', 1, added)
    simulator.insert('patients', 1, { id: added as number })
    expect(await client.ids(patients)).toEqual([...all, added])
  })

  test('takes its subjects with it where it is a study, and gives them back', async () => {
    await using client = await openSimulator()
    const { simulator } = client
    const subjects = '/api/v1/studies/4001/subjects/odata'
    const own = await client.ids(subjects)
    const others = simulator.count('subjects', 1) - own.length
    simulator.delete('studies', 1, 4001)
    expect((await client.get(subjects)).status).toBe(404)
    expect(simulator.count('subjects', 1)).toBe(others)
    simulator.insert('studies', 1, { id: 4001 })
    expect(await client.ids(subjects)).toEqual(own)
  })

  test('is found among the subjects of all studies, also of one that is new', async () => {
    await using client = await openSimulator()
    const { simulator } = client
    const [first] = await client.ids('/api/v1/studies/4001/subjects/odata')
    simulator.delete('subjects', 1, first as number)
    const added = simulator.insert('subjects', 1, { study: { id: 4001 }, status: 'Added' })
    const study = simulator.insert('studies', 1, { name: 'New' })
    expect((await client.page(`/api/v1/studies/${study}/subjects/odata`)).value).toEqual([])
    const path = `/api/v1/studies/${study}/subjects/odata`
    const other = simulator.insert(path, 1, { study: { id: study } })
    expect(await client.ids(path)).toEqual([other])
    const ids = await client.ids('/api/v1/studies/4001/subjects/odata')
    expect(ids).not.toContain(first)
    expect(ids.at(-1)).toBe(added)
  })
})

describe('records and changes', () => {
  test('records gives what the API gives, digit by digit', async () => {
    await using client = await openSimulator()
    client.simulator.delete('patients', 1, 100_003)
    client.simulator.insert('patients', 1)
    const text = await (await client.get(patients)).text()
    const records = client.simulator.records('patients', 1)
    expect(text).toContain(`"value":[${records.join(',')}]`)
    expect(records).toHaveLength(50)
  })

  test('changesBetween and deletedBetween say what a reader finds after any edits', async () => {
    const clock = createClock()
    await using client = await openSimulator({
      clock,
      scale: 0.3,
      collections: { '/api/v1/things/odata': { records: Array.from({ length: 40 }, (_, id) => ({ id })) } },
    })
    const { simulator } = client
    const targets: readonly Target[] = ['patients', 'studies', 'subjects', '/api/v1/things/odata']
    for (let round = 0; round < 4; round += 1) {
      const from = clock.now()
      const before = targets.map((target) => snapshot(client, target))
      for (const entity of targets) {
        if (entity !== 'studies') simulator.apply({ kind: 'delete', entity, instance: 1, count: 3 })
        const [gone] = simulator.apply({ kind: 'delete', entity, instance: 1 })
        simulator.apply({ kind: 'edit', entity, instance: 1, count: 5 })
        const added = simulator.insert(entity, 1)
        simulator.delete(entity, 1, added)
        simulator.insert(entity, 1)
        if (entity === 'studies' || round % 2 === 0) simulator.insert(entity, 1, { id: gone! })
      }
      clock.advance(DAY)
      for (const [position, target] of targets.entries()) {
        const expected = compare(before[position]!, snapshot(client, target))
        const { inserted, changed } = simulator.changesBetween(target, 1, from, clock.now())
        const deleted = simulator.deletedBetween(target, 1, from, clock.now())
        expect({ target, round, inserted, changed, deleted }).toEqual({ target, round, ...expected })
      }
    }
  })

  test('edits come over HTTP too', async () => {
    await using client = await openSimulator()
    const post = async (body: unknown) => {
      const url = `http://127.0.0.1:${client.simulator.port}/_simulator/edits`
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
      return [response.status, await response.json()] as const
    }
    const edits = [
      { kind: 'delete', entity: 'patients', id: 100_001 },
      { kind: 'insert', entity: 'patients', instance: 2, count: 2 },
    ]
    expect(await post(edits)).toEqual([200, { ids: [[100_001], [1_900_000_000, 1_900_000_001]] }])
    expect(client.simulator.count('patients', 1)).toBe(49)
    expect(client.simulator.count('patients', 2)).toBe(52)
    for (const wrong of [{}, [{ kind: 'delete' }], [{ kind: 'delete', entity: 'nothing', id: 1 }]]) {
      expect((await post(wrong))[0]).toBe(400)
    }
  })
})

/** The text of each record of instance 1, by its id. */
function snapshot({ simulator }: SimulatorClient, target: Target): ReadonlyMap<unknown, string> {
  return new Map(simulator.records(target, 1).map((text) => [JSON.parse(text).id, text]))
}

function compare(before: ReadonlyMap<unknown, string>, after: ReadonlyMap<unknown, string>) {
  const deleted = [...before.keys()].filter((id) => !after.has(id)).length
  const inserted = [...after.keys()].filter((id) => !before.has(id)).length
  const changed = [...after].filter(([id, text]) => before.has(id) && before.get(id) !== text).length
  return { inserted, changed, deleted }
}
