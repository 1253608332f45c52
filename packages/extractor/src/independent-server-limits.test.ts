import type { Job } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { probeJobs } from './index.ts'
import { describeDatabases } from './testing/describe-databases.ts'
import {
  type EntityType,
  type IndependentServer,
  startIndependentServer,
} from './testing/independent-server.ts'
import {
  connector,
  impatient,
  instance,
  job,
  type Landing,
  landingSchema,
  prepareLanding,
} from './testing/landing-fixture.ts'

const patientType: EntityType = {
  id: 'Edm.Int64',
  name: 'Edm.String',
  balance: 'Edm.Decimal',
  weight: 'Edm.Double',
  active: 'Edm.Boolean',
  born: 'Edm.Date',
  modifiedDate: 'Edm.DateTimeOffset',
}
const drugType: EntityType = { code: 'Edm.String', name: 'Edm.String', modifiedDate: 'Edm.DateTimeOffset' }

const records = 437
/** Up to the last whole number that its JSON can hold. */
const firstId = Number.MAX_SAFE_INTEGER - records - 100
const names = ["Rory O'Neil", 'Šárka "Šíp" Ťuhýková', '李小龍 🧪', 'back\\slash\ttab', "''", '']
const patientOf = (index: number) => ({
  id: firstId + index,
  name: names[index % names.length],
  balance: (index * 1.1 - 50).toFixed(4),
  weight: index / 7,
  active: index % 3 === 0,
  born: `19${50 + (index % 50)}-0${1 + (index % 9)}-28`,
  modifiedDate: index % 20 === 0 ? null : instantAt(index),
})
/** In several zones, with none to six decimals. */
function instantAt(hours: number): string {
  const instant = new Date(Date.UTC(2024, 0, 1) + hours * 3_600_000).toISOString().slice(0, 19)
  return `${instant}${['', '.5', '.120', '.123456'][hours % 4]}${['Z', '+02:00', '-05:30'][hours % 3]}`
}
const codes = ["A'1", 'B 2', 'ü/3', 'D&4=5', 'E%25', '#6', 'G+7']
const drugs = Array.from({ length: 70 }, (_, index) => ({
  code: `${codes[index % codes.length]}-${index}`,
  name: 'drug',
  modifiedDate: instantAt(index),
}))

describeDatabases('an OData server that is not ours', (database) => {
  let server: IndependentServer
  beforeEach(async () => {
    // It writes the filters that it cannot read to the console.
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const entities = Array.from({ length: records }, (_, index) => patientOf(index))
    server = await startIndependentServer({
      patients: { type: patientType, entities },
      drugs: { type: drugType, entities: drugs },
    })
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await server.close()
  })

  const served = (entitySet: string, table: string, over: Partial<Job> = {}): Job =>
    job(table, { endpoint: `/${entitySet}`, pageSize: 100, ...over })
  const landingOf = async (landed: Job): Promise<Landing> =>
    await prepareLanding(database(), [landed], [instance({ baseUrl: server.url, simulated: false })])

  /** Keys of records that the server and bronze hold differently, or that one of them does not hold. */
  async function differences(entitySet: string, table: string, key = 'id'): Promise<readonly string[]> {
    const { rows } = await database().query<{ key: string }>(sql`
      select coalesce(held.data, landed.data) ->> ${key} as key
      from (select data from jsonb_array_elements(${await server.held(entitySet)}::jsonb -> 'value') as data) as held
      full join (select data from bronze.${raw(`dim_${table}_staging`)} where deleted_at is null) as landed
        on held.data ->> ${key} = landed.data ->> ${key}
      where held.data is distinct from landed.data
      order by 1`)
    return rows.map(({ key: differing }) => differing)
  }

  async function probe(probed: Job) {
    const [found] = await probeJobs({
      database: database(),
      landingSchema,
      jobs: [{ job: probed, connector: connector() }],
      instances: [instance({ baseUrl: server.url })],
      remember: true,
      clock: () => new Date(),
      signal: new AbortController().signal,
      retryPolicy: impatient,
    })
    return found!
  }

  test('is probed though its numbers have many decimals', async () => {
    expect((await probe(served('patients', 'decimals'))).error).toBe(null)
  })

  test('is read on by offset where it fails at the literal of a key', async () => {
    const medication = served('drugs', 'quoted', { key: [{ field: ['code'] }], pageSize: 20 })
    const landing = await landingOf(medication)
    await probe(medication)
    expect(await landing.land(medication)).toMatchObject({
      status: 'success',
      counts: { fetched: 70, inserted: 70 },
    })
    expect(await differences('drugs', 'quoted', 'code')).toEqual([])
  })

  test('does not lose by windows what its filter for null does not find', async () => {
    const windowed = served('patients', 'windowed', {
      window: { field: 'modifiedDate', from: '2024-01-05', days: 400, ahead: 1 },
    })
    const landing = await landingOf(windowed)
    const outcome = await landing.land(windowed).catch(({ code }: { code: string }) => ({ status: code }))
    // Either all of them, or no success.
    if (outcome.status === 'success') expect(await differences('patients', 'windowed')).toEqual([])
  })
})
