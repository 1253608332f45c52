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
})
