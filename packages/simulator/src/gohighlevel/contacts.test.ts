import { expect, test } from 'vitest'
import { createClock } from '../clock.ts'
import { DAY } from '../content/epoch.ts'
import { createFaults } from '../faults/create-faults.ts'
import {
  type SimulatedInstance,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../start-simulator.ts'

interface ContactPage {
  readonly contacts: readonly {
    readonly id: string
    readonly dateAdded: string
    readonly dateUpdated: string
  }[]
  readonly meta: {
    readonly total: number
    readonly nextPageUrl: string | null
    readonly startAfter: number | null
    readonly startAfterId: string | null
  }
}

test('contacts come newest first, by a cursor, each once', async () => {
  await using leads = await open()
  const found: ContactPage['contacts'][number][] = []
  let pages = 0
  for (let url: string | null = leads.first; url !== null; pages += 1) {
    const page: ContactPage = await leads.page(url)
    found.push(...page.contacts)
    expect(page.meta.total).toBe(80)
    expect(page.meta.startAfterId).toBe(page.contacts.at(-1)?.id)
    url = page.meta.nextPageUrl
  }
  expect(pages).toBe(3)
  expect(new Set(found.map(({ id }) => id)).size).toBe(80)
  const times = found.map(({ dateAdded }) => dateAdded)
  expect(times).toEqual(times.toSorted().toReversed())
  expect(found[0]!.id).toMatch(/^[A-Za-z0-9]{20}$/)
  expect(found.map((contact) => JSON.stringify(contact)).toSorted()).toEqual(
    [...leads.simulator.records('contacts', 3)].toSorted(),
  )
  const { startAfter, startAfterId } = (await leads.page(leads.first)).meta
  const last = await leads.page(`${leads.first}&startAfter=${startAfter}&startAfterId=gone`)
  expect(last.contacts.map(({ id }) => id)).toEqual(found.slice(30, 60).map(({ id }) => id))
  expect(startAfterId).toBe(found[29]!.id)
})

test('a request without token, version or location is refused', async () => {
  await using leads = await open()
  const { simulator } = leads
  const status = async (url: string, headers: Record<string, string>) =>
    (await fetch(url, { headers })).status
  const authorization = `Bearer ${simulator.apiKey(3)}`
  expect(await status(leads.first, { version: '2021-07-28' })).toBe(401)
  expect(await status(leads.first, { version: '2021-07-28', authorization: 'Bearer guess' })).toBe(401)
  expect(await status(leads.first, { 'x-apikey': simulator.apiKey(3), version: '2021-07-28' })).toBe(401)
  expect(await status(leads.first, { authorization })).toBe(400)
  const headers = { authorization, version: '2021-07-28' }
  expect(await status(`${simulator.url(3)}/contacts/`, headers)).toBe(422)
  expect(await status(`${simulator.url(3)}/contacts/?locationId=other`, headers)).toBe(403)

  expect(await status(`${simulator.url(3)}/contacts/?locationId=location-leads&limit=500`, headers)).toBe(422)
  expect(await status(`${simulator.url(3)}/api/v1/patients/odata`, headers)).toBe(404)
})

test('contacts become patients of the clinics that are served or named, and of no other', async () => {
  const clinics = [7, 8].map((id) => ({ id, name: `clinic-${id}`, apiKey: 'k' }))
  const crm = { id: 3, name: 'leads', apiKey: 'k', api: 'gohighlevel' as const }
  const addresses = (simulator: Simulator, entity: 'contacts' | 'patients', id: number) =>
    simulator.records(entity, id).map((text) => (JSON.parse(text) as { readonly email: string | null }).email)
  await using served = await startSimulatorFor([...clinics, crm])
  const contacts = addresses(served.simulator, 'contacts', 3).filter((email) => email !== null)
  for (const { id } of clinics) {
    const patients = new Set(addresses(served.simulator, 'patients', id))
    expect(contacts.filter((email) => patients.has(email)).length).toBeGreaterThan(contacts.length / 8)
  }
  await using named = await startSimulatorFor([crm], [7, 8])
  expect(named.simulator.records('contacts', 3)).toEqual(served.simulator.records('contacts', 3))
  await using other = await startSimulatorFor([crm])
  expect(other.simulator.records('contacts', 3)).not.toEqual(served.simulator.records('contacts', 3))
})

test('contacts change by themselves, from outside, and by faults', async () => {
  const clock = createClock()
  await using leads = await open({ clock, fault: createFaults([{ kind: 'status', status: 500, first: 1 }]) })
  const { simulator } = leads
  await expect(leads.page(leads.first)).rejects.toThrow('500')
  const before = clock.now()
  const [newest] = (await leads.page(leads.first)).contacts
  simulator.delete('contacts', 3, newest!.id)
  const added = simulator.insert('contacts', 3, { firstName: 'Added' })
  const page = await leads.page(leads.first)
  expect(page.contacts[0]).toMatchObject({
    id: added,
    firstName: 'Added',
    dateAdded: '2024-03-01T00:00:00.002Z',
  })
  expect(page.contacts.map(({ id }) => id)).not.toContain(newest!.id)
  simulator.insert('contacts', 3, { id: newest!.id })
  expect(simulator.count('contacts', 3)).toBe(81)
  clock.advance(DAY)
  const { inserted, changed } = simulator.changesBetween('contacts', 3, before, clock.now())
  expect(inserted).toBeGreaterThan(0)
  expect(changed).toBeGreaterThan(0)
})

test('faults of pages and records meet contacts too', async () => {
  await using leads = await open({
    fault: createFaults([{ kind: 'same_page' }, { kind: 'short_page', missing: 4 }]),
  })
  const first = await leads.page(leads.first)
  expect(first.contacts).toHaveLength(26)
  expect((await leads.page(first.meta.nextPageUrl!)).contacts).toEqual(first.contacts)
  const bad = first.contacts[14]!.id
  leads.simulator.setFaults([{ kind: 'poison', effect: 'status_500', ids: [bad] }])
  await expect(leads.page(leads.first)).rejects.toThrow('500')
  leads.simulator.setFaults([{ kind: 'cursor_values', values: ['null'], field: 'dateUpdated' }])
  expect((await leads.page(leads.first)).contacts.every(({ dateUpdated }) => dateUpdated === null)).toBe(true)
})

test('a token is given for client credentials, and is valid for a while', async () => {
  const oauth = { clientId: 'strata', clientSecret: 's3 cret', expiresIn: 1 }
  await using leads = await open({
    instances: [{ id: 3, name: 'leads', apiKey: 'k', api: 'gohighlevel', oauth }],
  })
  const token = `${leads.simulator.url(3)}/oauth/token`
  const ask = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(token, { method: 'POST', body: new URLSearchParams(form), headers })
    return [response.status, (await response.json()) as { readonly access_token: string }] as const
  }
  const form = { grant_type: 'client_credentials', client_id: 'strata', client_secret: 's3 cret' }
  expect(await ask({ ...form, client_secret: 'guess' })).toEqual([401, { error: 'invalid_client' }])
  expect(await ask({ ...form, grant_type: 'password' })).toEqual([400, { error: 'unsupported_grant_type' }])
  expect((await fetch(token)).status).toBe(405)
  const basic = `Basic ${Buffer.from('strata:s3%20cret').toString('base64')}`
  const [status, answer] = await ask({ grant_type: 'client_credentials' }, { authorization: basic })
  expect([status, answer]).toMatchObject([200, { token_type: 'Bearer', expires_in: 1 }])
  const get = (value: string) =>
    fetch(leads.first, { headers: { authorization: `Bearer ${value}`, version: '2021-07-28' } })
  expect((await get(answer.access_token)).status).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  expect((await get(answer.access_token)).status).toBe(401)
  const [, second] = await ask(form)
  expect((await get(second.access_token)).status).toBe(200)
  leads.simulator.expireTokens(3)
  expect((await get(second.access_token)).status).toBe(401)
})

interface Leads extends AsyncDisposable {
  readonly simulator: Simulator
  /** The address of the first page. */
  readonly first: string
  page(url: string): Promise<ContactPage>
}

async function startSimulatorFor(
  instances: readonly SimulatedInstance[],
  clinics?: readonly number[],
): Promise<AsyncDisposable & { readonly simulator: Simulator }> {
  const simulator = await startSimulator({ scale: 0.2, instances, clinics })
  return { simulator, [Symbol.asyncDispose]: () => simulator.close() }
}

async function open(options: SimulatorOptions = {}): Promise<Leads> {
  const instances = [{ id: 3, name: 'leads', apiKey: 'simulated-token', api: 'gohighlevel' as const }]
  const simulator = await startSimulator({ scale: 0.2, instances, ...options })
  return {
    simulator,
    first: `${simulator.url(3)}/contacts/?locationId=location-leads&limit=30`,
    async page(url) {
      const headers = { authorization: `Bearer ${simulator.apiKey(3)}`, version: '2021-07-28' }
      const response = await fetch(url, { headers })
      if (response.status !== 200) throw new Error(String(response.status))
      return (await response.json()) as ContactPage
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}
