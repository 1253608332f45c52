import type { EndpointJob } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { probeJobs } from './index.ts'
import { describeOldestDatabase } from './testing/describe-databases.ts'
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

describeOldestDatabase('an OData server that is not ours', (database) => {
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

  const served = (entitySet: string, table: string, over: Partial<EndpointJob> = {}): EndpointJob =>
    job(table, { endpoint: `/${entitySet}`, pageSize: 100, ...over })
  const landingOf = async (landed: EndpointJob): Promise<Landing> =>
    await prepareLanding(database(), [landed], [instance({ address: server.url, simulated: false })])

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

  async function probe(probed: EndpointJob) {
    const [found] = await probeJobs({
      database: database(),
      landingSchema,
      jobs: [{ job: probed, connector: connector() }],
      instances: [instance({ address: server.url })],
      remember: true,
      clock: () => new Date(),
      signal: new AbortController().signal,
      retryPolicy: impatient,
    })
    return found!
  }

  test.each(['unprobed', 'probed'])(
    'is landed as it is, and followed through changes (%s)',
    async (table) => {
      const patients = served('patients', table)
      const landing = await landingOf(patients)
      if (table === 'probed') await probe(patients)
      expect(await landing.land(patients)).toMatchObject({
        status: 'success',
        message: 'first load',
        counts: { fetched: records, inserted: records, missingCursors: 22, quarantined: 0 },
      })
      expect(await differences('patients', table)).toEqual([])

      const fresh = [0, 1, 2].map((index) => ({
        ...patientOf(records + index),
        id: firstId + records + index,
        modifiedDate: instantAt(500 + index),
      }))
      for (const patient of fresh) await server.create('patients', patient)
      for (const index of [1, 7, 200, 436])
        await server.change('patients', String(firstId + index), {
          name: `it's ${index}`,
          balance: '0.5',
          modifiedDate: instantAt(600 + index),
        })
      await server.remove('patients', String(firstId + 9))
      await server.change('patients', String(firstId + 20), { name: 'changed without a change time' })
      server.asked.length = 0
      expect(await landing.land(patients)).toMatchObject({
        status: 'success',
        message: 'incremental',
        counts: { inserted: 3, changed: 4 },
      })
      expect(server.asked[0]).toContain('$filter=modifiedDate ge 2024-01-19T')
      // Neither is to be seen by a filter of this server: it finds no null.
      expect(await differences('patients', table)).toEqual([String(firstId + 9), String(firstId + 20)])

      expect(await landing.land(patients, { fullRefresh: true })).toMatchObject({
        status: 'success',
        message: expect.stringContaining('full refresh'),
        counts: { fetched: records + 2, inserted: 0, changed: 1, deleted: 1 },
      })
      expect(await differences('patients', table)).toEqual([])
    },
  )

  test('is probed for what it does, and for what it only seems to do', async () => {
    const { error, facts } = await probe(served('patients', 'found_out'))
    expect(error).toBe(null)
    expect(facts).toMatchObject({
      supported: true,
      shape: 'envelope',
      top: true,
      topCap: null,
      skip: true,
      orderBy: true,
      keyset: true,
      keyForm: 'number',
      select: true,
      count: true,
      countHonest: true,
      total: records,
      filter: true,
      compoundFilter: true,
      cursorField: 'modifiedDate',
      cursorFormat: 'iso_utc',
      instantFields: expect.arrayContaining(['modifiedDate']),
      nextLink: false,
      // It answers, and gives none of those that it has.
      cursorNulls: true,
      nullFilter: false,
    })
    expect(facts.fields).toEqual(Object.keys(patientType).sort())
  })

  test('is read by pages of $skip in its own order of texts, whatever stands in a key', async () => {
    const medication = served('drugs', 'drugs', { key: [{ field: ['code'] }], pageSize: 20 })
    const landing = await landingOf(medication)
    expect(await landing.land(medication)).toMatchObject({
      status: 'success',
      counts: { fetched: 70, inserted: 70 },
    })
    expect(await differences('drugs', 'drugs', 'code')).toEqual([])
    // It fails at a quote within a literal.
    expect(server.asked.filter((query) => query.includes('$filter'))).toEqual([])
  })

  test('fails a job whose entity set it does not know', async () => {
    const unknown = served('nowhere', 'nowhere')
    const landing = await landingOf(unknown)
    await expect(landing.land(unknown)).rejects.toMatchObject({ code: 'SOURCE_FAILING', status: 500 })
  })

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
    expect(await landing.land(windowed)).toMatchObject({ status: 'success' })
    expect(await differences('patients', 'windowed')).toEqual([])
  })
})
