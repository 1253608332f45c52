import { afterEach, expect, test } from 'vitest'
import { readJobStatus } from '../status/read-job-status.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from '../testing/record-server.ts'
import { readEndpointFacts, rememberFacts } from './endpoint-facts.ts'

describeDatabases('what is known of an endpoint', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  const aged = (table: string, days: number) =>
    database().query(`
      update strata.endpoint_facts set probed_at = probed_at - interval '${days} days', facts = facts || jsonb_build_object('learned', (
        select coalesce(jsonb_object_agg(name, at::timestamptz - interval '${days} days'), '{}')
        from jsonb_each_text(facts->'learned') as l (name, at)))
      where job = 'clinic.${table}'`)

  test('is forgotten a week after a run has learned it: an option that was refused once is asked for again', async () => {
    const moody = job('moody', { cursor: null })
    let refuses = true
    server = await startRecordServer(({ query }) =>
      refuses && query.has('$orderby')
        ? { status: 400, body: {} }
        : pageOf([{ id: 1 }, { id: 2 }, { id: 3 }], query),
    )
    const landing = await prepareLanding(database(), [moody], [instance({ address: server.url })])
    const ordersOf = async () => {
      const before = server!.requests.length
      expect(await landing.land(moody)).toMatchObject({ status: 'success', counts: { fetched: 3 } })
      return server!.requests.slice(before).some(({ query }) => query.has('$orderby'))
    }
    expect(await ordersOf()).toBe(true)
    expect(await readEndpointFacts(database(), landingSchema, moody, 1)).toMatchObject({ orderBy: false })
    expect(await ordersOf()).toBe(false)
    await aged('moody', 6)
    expect(await ordersOf()).toBe(false)
    refuses = false
    await aged('moody', 2)
    const [status] = await readJobStatus(database(), landingSchema, [{ job: moody, instanceId: 1 }])
    expect(status!.facts).not.toHaveProperty('orderBy')
    expect(await ordersOf()).toBe(true)
    expect(await readEndpointFacts(database(), landingSchema, moody, 1)).not.toHaveProperty('orderBy')
  })

  test('stays when a probe has found it, and of what is known of one fact the last word counts', async () => {
    const place = { landingSchema, job: job('known'), instanceId: 1 }
    const read = () => readEndpointFacts(database(), landingSchema, place.job, 1)
    await rememberFacts(database(), place, { keyset: true, count: true }, { probed: true })
    await rememberFacts(database(), place, { keyset: false, nextLink: false }, { probed: false })
    expect(await read()).toEqual({ keyset: false, count: true, nextLink: false })
    await aged('known', 8)
    expect(await read()).toEqual({ count: true })
    await rememberFacts(database(), place, { nextLink: false }, { probed: false })
    expect(await read()).toEqual({ count: true, nextLink: false })
    await rememberFacts(database(), place, { keyset: true, nextLink: true }, { probed: true })
    await aged('known', 8)
    expect(await read()).toEqual({ keyset: true, count: true, nextLink: true })
  })

  test('is known for good where it is about the records: those without a change time are asked for whatever a later sample holds', async () => {
    const timeless = job('timeless')
    let stray = 'before'
    server = await startRecordServer(({ query }) => {
      const all = [
        { id: 1, modifiedDate: '2024-05-01T00:00:00Z' },
        { id: 2, modifiedDate: null, stray },
        { id: 3, modifiedDate: '1753-01-01T00:00:00Z', stray },
      ]
      const filter = query.get('$filter') ?? ''
      if (/ eq null/.test(filter)) return pageOf(all.slice(1, 2), query)
      if (/ lt /.test(filter)) return pageOf(all.slice(2), query)
      return pageOf(/ ge /.test(filter) ? all.slice(0, 1) : all, query)
    })
    const landing = await prepareLanding(database(), [timeless], [instance({ address: server.url })])
    await landing.land(timeless)
    await aged('timeless', 30)
    const place = { landingSchema, job: timeless, instanceId: 1 }
    await rememberFacts(database(), place, { cursorNulls: false, cursorEarly: false }, { probed: true })
    stray = 'after'
    expect(await landing.land(timeless)).toMatchObject({ message: 'incremental', counts: { changed: 2 } })
  })

  test('lets increments ask for records without a change time before any has been seen', async () => {
    const untimed = job('untimed')
    const all: { id: number; modifiedDate: string | null }[] = [
      { id: 1, modifiedDate: '2024-05-01T00:00:00Z' },
      { id: 2, modifiedDate: '2024-05-02T00:00:00Z' },
    ]
    server = await startRecordServer(({ query }) => {
      const filter = query.get('$filter') ?? ''
      if (/ eq null/.test(filter)) return pageOf(all.slice(2), query)
      return pageOf(/ ge /.test(filter) ? all.slice(1, 2) : all, query)
    })
    const landing = await prepareLanding(database(), [untimed], [instance({ address: server.url })])
    await landing.land(untimed)
    all.push({ id: 3, modifiedDate: null })
    expect((await landing.land(untimed)).counts).toMatchObject({ inserted: 0 })
    const place = { landingSchema, job: untimed, instanceId: 1 }
    await rememberFacts(database(), place, { nullFilter: true }, { probed: true })
    expect(await landing.land(untimed)).toMatchObject({ message: 'incremental', counts: { inserted: 1 } })
  })
})
