import { expect, test } from 'vitest'
import { createFaults } from '../faults/create-faults.ts'
import { openSimulator } from '../testing/simulator-client.ts'

const things = '/api/v1/things/odata'
const parts = '/api/v1/things/{thingId}/parts/odata'

test('given records are served by OData, in the order of their keys, with the types that they show', async () => {
  const records = [
    { code: 'b', size: 2, modifiedDate: '2024-01-02T00:00:00+02:00', big: 9007199254740993n },
    { code: 'a', size: null, modifiedDate: null, maker: { name: 'X' } },
    { code: "c'", size: 1.5, modifiedDate: '2024-01-03T00:00:00.1234567', maker: null },
  ]
  await using client = await openSimulator({ collections: { [things]: { key: 'code', records } } })
  const codes = async (query: string) =>
    (await client.page(`${things}?${query}`)).value.map(({ code }) => code)
  expect(await codes('')).toEqual(['a', 'b', "c'"])
  expect(await codes("$filter=code gt 'a'&$orderby=code")).toEqual(['b', "c'"])
  expect(await codes('$filter=modifiedDate gt 2024-01-01T22:00:00Z')).toEqual(["c'"])
  expect(await codes('$filter=modifiedDate eq null')).toEqual(['a'])
  expect(await codes('$filter=size lt 2&$orderby=size')).toEqual(["c'"])
  expect(await codes("$filter=maker/name eq 'X'")).toEqual(['a'])
  expect(await (await client.get(`${things}?$filter=big eq 9007199254740993`)).text()).toContain(
    '"big":9007199254740993',
  )
  expect((await client.get(`${things}?$filter=nothing eq 1`)).status).toBe(400)
})

test('given records can be changed, and each instance has its own', async () => {
  await using client = await openSimulator({
    collections: { [things]: { records: [{ id: 5, name: 'old' }] } },
  })
  const { simulator } = client
  simulator.edit(things, 1, 5, { name: 'new' })
  expect(simulator.insert(things, 1, { name: 'next' })).toBe(6)
  expect(simulator.insert(things, 1, { id: 2 })).toBe(2)
  expect(await client.ids(`${things}?$orderby=id`)).toEqual([2, 5, 6])
  expect(await client.ids(`${things}?$filter=modifiedDate ge 2024-03-01T00:00:00.003Z`)).toEqual([2])
  expect(simulator.records(things, 1)[1]).toBe(
    '{"id":5,"name":"new","modifiedDate":"2024-03-01T00:00:00.001Z"}',
  )
  expect(simulator.records(things, 2)).toEqual(['{"id":5,"name":"old"}'])
  simulator.delete(things, 1, 5)
  expect(await client.ids(things)).toEqual([2, 6])
  expect(() => simulator.insert(things, 1, { id: 2 })).toThrow('holds a record 2 already')
  expect(() => simulator.records('/api/v1/nothing', 1)).toThrow('serves nothing at /api/v1/nothing')
})

test('an empty collection can be asked for in order of its key and change time', async () => {
  await using client = await openSimulator({ collections: { [things]: { records: [] } } })
  const query = '$count=true&$orderby=modifiedDate,id&$filter=modifiedDate ge 2024-01-01T00:00:00Z'
  expect(await client.page(`${things}?${query}`)).toMatchObject({ '@odata.count': 0, value: [] })
})

test('nested records stand by the values of the path, and others lead nowhere', async () => {
  await using client = await openSimulator({
    collections: {
      [parts]: { records: { '1': [{ id: 10 }], 'a/b': [{ id: 20 }, { id: 21 }] } },
      '/api/v1/a/{x}/b/{y}': { shape: 'array', records: { '1/2': [{ id: 1 }] } },
    },
    fault: createFaults([{ kind: 'cap_top', path: '/api/v1/things/*/parts/odata', top: 1 }]),
  })
  const { simulator } = client
  expect(await client.ids('/api/v1/things/1/parts/odata')).toEqual([10])
  expect(await client.ids('/api/v1/things/a%2Fb/parts/odata')).toEqual([20])
  expect((await client.get('/api/v1/things/2/parts/odata')).status).toBe(404)
  expect(await (await client.get('/api/v1/a/1/b/2')).json()).toEqual([{ id: 1 }])
  expect(simulator.count(parts, 1)).toBe(3)
  simulator.insert('/api/v1/things/1/parts/odata', 1, { id: 11 })
  simulator.delete(parts, 1, 20)
  expect(simulator.records(parts, 1)).toEqual([
    '{"id":10}',
    '{"id":11,"modifiedDate":"2024-03-01T00:00:00.001Z"}',
    '{"id":21}',
  ])
})
