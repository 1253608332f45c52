import { afterEach, expect, test } from 'vitest'
import { readEndpointFacts } from '../probe/endpoint-facts.ts'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { connector, instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'

describeOldestDatabase('an API that ignores $orderby, and gives its records site by site', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  const site = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: first + index }))

  test('is read by their places once its count shows that there are others than those beyond the last key', async () => {
    const visits = job('sitewise', { cursor: null, pageSize: 5 })
    const records = [...site(100, 12), ...site(1, 9), ...site(50, 3)]
    server = await startRecordServer(({ query }) => pageOf(records, query))
    const landing = await prepareLanding(database(), [visits], [instance({ address: server.url })])
    expect(await landing.land(visits)).toMatchObject({ status: 'success', counts: { inserted: 24 } })
    expect(await readEndpointFacts(database(), landingSchema, visits, 1)).toMatchObject({ keyset: false })
    const before = server.requests.length
    expect(await landing.land(visits)).toMatchObject({ status: 'success', counts: { unchanged: 24 } })
    expect(server.requests.slice(before).every(({ query }) => !query.has('$filter'))).toBe(true)
  })

  test('is not taken for one where records have really gone before they were read', async () => {
    const visits = job('thinned', { cursor: null, pageSize: 5 })
    let records = site(1, 20)
    server = await startRecordServer(({ query }) => {
      const page = pageOf(records, query)
      records = records.filter(({ id }) => id < 16)
      return page
    })
    const landing = await prepareLanding(database(), [visits], [instance({ address: server.url })])
    expect(await landing.land(visits)).toMatchObject({ status: 'success', counts: { fetched: 15 } })
    expect(await readEndpointFacts(database(), landingSchema, visits, 1)).not.toHaveProperty('keyset')
  })
})

describeOldestDatabase('a list that is read by places, a record at a time', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  test('is read again when a record before them was removed on the way: another has taken its place', async () => {
    const beds = job('single', { cursor: null, pageSize: 1 })
    let records = Array.from({ length: 8 }, (_, index) => ({ id: index + 1 }))
    server = await startRecordServer(({ query }) => {
      if (query.has('$filter')) return { status: 400, body: {} }
      const page = pageOf(records, query)
      if (query.get('$skip') === '4') records = records.filter(({ id }) => id !== 2)
      return page
    })
    const landing = await prepareLanding(
      database(),
      [beds],
      [instance({ address: server.url })],
      connector({ concurrency: 1, requestBudget: { requests: 1000, perSeconds: 1 } }),
    )
    await landing.land(beds)
    const { rows } = await database().query(
      "select data->>'id' as id from bronze.dim_single_staging where data->>'id' <> '2' order by 1",
    )
    expect(rows.map(({ id }) => id)).toEqual(['1', '3', '4', '5', '6', '7', '8'])
  })

  test('is begun anew when a run was cut off, for as many may have come as have gone meanwhile', async () => {
    const cots = job('cots', { cursor: null, pageSize: 1 })
    let records = Array.from({ length: 8 }, (_, index) => ({ id: index + 1 }))
    let fails = true
    server = await startRecordServer(({ query }) => {
      if (query.has('$filter')) return { status: 400, body: {} }
      return fails && query.get('$skip') === '5' ? { status: 401, body: {} } : pageOf(records, query)
    })
    const landing = await prepareLanding(database(), [cots], [instance({ address: server.url })])
    await expect(landing.land(cots)).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    fails = false
    records = [...records.filter(({ id }) => id !== 2), { id: 9 }]
    expect((await landing.land(cots)).status).toBe('success')
    const { rows } = await database().query(
      "select data->>'id' as id from bronze.dim_cots_staging where deleted_at is null order by 1",
    )
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(['1', '3', '4', '5', '6', '7', '8', '9']))
  })
})
