import { createClock, type Simulator, startSimulator } from '@strata/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { connector, job, type Landing, prepareLanding } from './testing/landing-fixture.ts'

const contacts = job('contacts', {
  endpoint: '/contacts/',
  params: { locationId: '{locationId}' },
  recordPath: ['contacts'],
  paging: {
    kind: 'cursor',
    params: { startAfterId: ['meta', 'startAfterId'], startAfter: ['meta', 'startAfter'] },
    limitParam: 'limit',
  },
  target: { schema: 'bronze', name: 'ghl_contacts_staging' },
  cursor: null,
  pageSize: 30,
})

describeDatabases('landing contacts by a cursor of the API, with a bearer token', (database) => {
  let simulator: Simulator
  let landing: Landing
  const clock = createClock()
  beforeAll(async () => {
    simulator = await startSimulator({
      scale: 0.2,
      clock,
      instances: [{ id: 101, name: 'leads', apiKey: 'token-of-leads', api: 'gohighlevel' }],
    })
    const leads = {
      id: 101,
      name: 'leads',
      address: simulator.url(101),
      credentials: { token: 'token-of-leads' },
      parameters: { locationId: 'location-leads' },
      simulated: true,
    }
    const rest = connector({ kind: 'rest', auth: { kind: 'bearer' }, headers: { Version: '2021-07-28' } })
    landing = await prepareLanding(database(), [contacts], [leads], rest)
  })
  afterAll(() => simulator.close())

  const landed = async () =>
    (await database().query<{ data: string }>('select data::text from bronze.ghl_contacts_staging')).rows
  const truth = () => [...simulator.records('contacts', 101)]

  test('lands each of them once, and each landing finds what has changed', async () => {
    const all = simulator.count('contacts', 101)
    expect(all).toBeGreaterThan(60)
    expect(await landing.land(contacts)).toMatchObject({
      status: 'success',
      counts: { fetched: all, inserted: all, changed: 0 },
    })
    const before = clock.now()
    clock.advance(5 * 24 * 60 * 60 * 1000)
    const { inserted, changed } = simulator.changesBetween('contacts', 101, before, clock.now())
    expect(changed).toBeGreaterThan(0)
    expect((await landing.land(contacts)).counts).toMatchObject({
      fetched: simulator.count('contacts', 101),
      inserted,
      changed,
    })
    const parsed = (texts: readonly string[]) =>
      texts
        .map((text) => JSON.parse(text) as { readonly id: string })
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(parsed((await landed()).map(({ data }) => data))).toEqual(parsed(truth()))
  })
})
