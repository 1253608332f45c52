import { expect, test } from 'vitest'
import { createClock } from '../clock.ts'
import { DAY } from '../content/epoch.ts'
import { entities } from '../entities/entities.ts'
import { createFaults } from '../faults/create-faults.ts'
import { openSimulator } from '../testing/simulator-client.ts'
import type { WorldEntity } from '../world.ts'

const names = Object.keys(entities) as WorldEntity[]
const visits = '/api/v1/studies/4001/visits/odata'
const visitElements = '/api/v1/studies/4001/visits/400102/elements/odata'
const patientVisits = '/api/v1/patient-visits/odata'
const elementsOf = (id: unknown): string => `/api/v1/patient-visits/${id}/elements/odata`

test('every entity is served below each of its parents, and counts, filters and orders', async () => {
  await using client = await openSimulator()
  const { simulator } = client
  for (const name of names) {
    let path: string = entities[name].path
    if (name === 'sites') continue
    const [visit] = await client.ids(`${patientVisits}?$top=1`)
    path = path.replace('{studyId}', '4001').replace('{visitId}', '400102')
    path = `/api/v1${path.replace('{patientVisitId}', String(visit))}`
    const all = await client.page(`${path}?$orderby=modifiedDate desc,id&$count=true`)
    expect(all['@odata.count'], path).toBe(all.value.length)
    expect(all.value.length, path).toBeGreaterThan(0)
    const { modifiedDate } = all.value[0]!
    const latest = await client.ids(`${path}?$filter=modifiedDate ge ${modifiedDate}&$orderby=id`)
    expect(latest).toEqual(
      all.value.filter((record) => record['modifiedDate'] === modifiedDate).map(({ id }) => id),
    )
    const ids = all.value.map(({ id }) => Number(id)).toSorted((left, right) => left - right)
    expect(await client.ids(`${path}?$filter=id gt ${ids[0]}`)).toEqual(ids.slice(1))
  }
  const sum = names.reduce((total, name) => total + simulator.count(name, 1), 0)
  expect(sum).toBe(names.reduce((total, name) => total + simulator.records(name, 1).length, 0))
})

test('what hangs on a record is out of reach without it, and empty below a new one', async () => {
  await using client = await openSimulator()
  const { simulator } = client
  const elements = await client.ids(visitElements)
  simulator.delete('visits', 1, 400_102)
  expect((await client.get(visitElements)).status).toBe(404)
  simulator.insert('visits', 1, { id: 400_102, study: { id: 4001 } })
  expect(await client.ids(visitElements)).toEqual(elements)
  simulator.delete('studies', 1, 4001)
  for (const path of [visits, visitElements]) expect((await client.get(path)).status).toBe(404)

  const [visit] = await client.ids(patientVisits)
  const before = simulator.count('patient_visit_elements', 1)
  const own = await client.ids(elementsOf(visit))
  simulator.delete('patient_visits', 1, visit as number)
  expect((await client.get(elementsOf(visit))).status).toBe(404)
  expect(simulator.count('patient_visit_elements', 1)).toBe(before - own.length)
  const added = simulator.insert('patient_visits', 1)
  expect(await client.ids(elementsOf(added))).toEqual([])

  for (const path of [
    '/api/v1/studies/4008/visits/400102/elements/odata',
    '/api/v1/studies/4008/visits/x/elements/odata',
    elementsOf(1),
    elementsOf(499_999),
    elementsOf('500001.5'),
  ]) {
    expect((await client.get(path)).status, path).toBe(404)
  }
})

test('a new record goes below the parents that it names', async () => {
  await using client = await openSimulator()
  const { simulator } = client
  const visit = simulator.insert('visits', 1, { study: { id: 4008 }, name: 'Unscheduled' })
  expect(visit).toBe(400_851)
  expect((await client.ids('/api/v1/studies/4008/visits/odata')).at(-1)).toBe(visit)
  const element = simulator.insert('visit_elements', 1, {
    study: { id: 4008 },
    visit: { id: visit },
    element: { id: 8001, name: 'Systolic Blood Pressure' },
  })
  expect(await client.ids(`/api/v1/studies/4008/visits/${visit}/elements/odata`)).toEqual([element])
  const ids = await client.ids(patientVisits)
  const result = simulator.insert('patient_visit_elements', 1, { patientVisit: { id: ids[5] as number } })
  expect((await client.page(elementsOf(ids[5]))).value.at(-1)).toMatchObject({
    id: result,
    patientVisit: { id: ids[5] },
  })
  simulator.edit('patient_visit_elements', 1, result, { result: '1' })
  expect((await client.page(elementsOf(ids[5]))).value.at(-1)).toMatchObject({ result: '1' })
})

test('changesBetween and deletedBetween are right for every entity after any edits', async () => {
  const clock = createClock()
  await using client = await openSimulator({ clock })
  const { simulator } = client
  const snapshot = (name: WorldEntity) =>
    new Map(simulator.records(name, 1).map((text) => [JSON.parse(text).id as unknown, text]))
  for (const entity of names.filter((name) => !['studies', 'visits', 'patient_visits'].includes(name))) {
    const from = clock.now()
    const before = snapshot(entity)
    simulator.apply({ kind: 'delete', entity, instance: 1, count: 2 })
    simulator.apply({ kind: 'edit', entity, instance: 1, count: 3 })
    simulator.insert(entity, 1)
    clock.advance(DAY)
    const after = snapshot(entity)
    expect({
      entity,
      ...simulator.changesBetween(entity, 1, from, clock.now()),
      deleted: simulator.deletedBetween(entity, 1, from, clock.now()),
    }).toEqual({
      entity,
      inserted: [...after.keys()].filter((id) => !before.has(id)).length,
      changed: [...after].filter(([id, text]) => before.has(id) && before.get(id) !== text).length,
      deleted: [...before.keys()].filter((id) => !after.has(id)).length,
    })
  }
})

test('faults meet nested endpoints as any other', async () => {
  const fault = createFaults([
    { kind: 'hostile_ids', path: '/api/v1/patient-visits/odata' },
    { kind: 'next_link', size: 2, path: '/api/v1/patient-visits/{id}/elements/odata' },
    { kind: 'status', status: 503, path: '/api/v1/studies/*/visits/**' },
    {
      kind: 'mutate',
      path: '/api/v1/appointments/odata',
      edits: [{ kind: 'delete', count: 4 }],
      first: 1,
    },
  ])
  await using client = await openSimulator({ fault })
  const [hostile] = await client.ids(patientVisits)
  expect(typeof hostile).toBe('string')
  const page = await client.page(elementsOf(encodeURIComponent(String(hostile))))
  expect(page.value).toHaveLength(2)
  const second = await client.page(page['@odata.nextLink']!)
  expect(second.value.length).toBeGreaterThan(0)
  expect((await client.get(visitElements)).status).toBe(503)
  const before = client.simulator.count('appointments', 1)
  await client.page('/api/v1/appointments/odata')
  expect(client.simulator.count('appointments', 1)).toBe(before - 4)
})

test('what belongs to another edition is refused with 501, and unknown endpoints with 404', async () => {
  await using client = await openSimulator()
  for (const name of ['monitor-queries', 'engagements']) {
    expect((await client.get(`/api/v1/${name}/odata`)).status).toBe(501)
  }
  for (const path of ['users/odata', 'studies/4001/screenings/odata', 'studies/4001/enrollments/odata']) {
    expect((await client.get(`/api/v1/${path}`)).status).toBe(404)
  }
})
