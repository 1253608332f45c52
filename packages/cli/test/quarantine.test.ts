import { connectorDefaults, type EndpointJob, type Instance, jobDefaults, type RunResult } from '@strata/core'
import { ensureLanding } from '@strata/extractor'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BuildFixture, openBuildFixture } from './build-fixture.ts'

const job: EndpointJob = {
  ...jobDefaults,
  source: 'clinic',
  table: 'patients',
  name: 'Patients',
  endpoint: '/patients',
  target: { schema: 'bronze', name: 'patients' },
}

const instance: Instance = {
  id: 1,
  name: 'north',
  address: 'http://north',
  credentials: {},
  parameters: {},
  simulated: false,
}

const hasName = `expression: { expression: "data->>'name' is not null", name: has_name, config: { quarantine: true } }`

const project = (...tests: readonly string[]) => ({
  'models/clinic.yml': `sources:
  - name: clinic
    connector:
      kind: odata
      auth: { kind: api_key, name: X-ApiKey }
      instances: [{ id: 1, name: north, base_url: { env: URL }, api_key: { env: KEY } }]
    tables:
      - name: patients
        job: { endpoint: /patients }
        data_tests:
${tests.map((test) => `          - ${test}`).join('\n')}
`,
  'models/patients.sql': `{{ config(materialized='incremental', unique_key='id') }}
select p.data->>'id' as id, p.data->>'name' as name from {{ increment(source('clinic', 'patients')) }} as p`,
  'models/names.sql': `{{ config(materialized='table') }} select count(*)::int as n from {{ ref('patients') }}`,
})

const brief = ({ results }: RunResult) =>
  Object.fromEntries(results.map(({ name, status, message }) => [name, `${status}: ${message}`]))

describeOldestServer('a data test that quarantines rows', (server) => {
  let fixture: BuildFixture
  beforeEach(async () => {
    fixture = await openBuildFixture(server)
    await ensureLanding(fixture.database, {
      landingSchema: 'bronze',
      connectors: [
        {
          ...connectorDefaults,
          source: 'clinic',
          instances: [],
        },
      ],
      jobs: [job],
      instancesOf: () => [instance],
    })
  })
  afterEach(() => fixture.drop())

  /** As a landing does it; a record without a name has none. */
  const land = (...records: readonly (readonly [id: number, name?: string])[]) =>
    fixture.database.query({
      text: `insert into bronze.patients (data, source_instance_id, etl_run_id)
select r, 1, 1 from jsonb_array_elements($1) as r
on conflict (source_instance_id, (data->>'id')) do update set data = excluded.data, changed_xid = default`,
      values: [JSON.stringify(records.map(([id, name]) => ({ id: String(id), ...(name && { name }) })))],
    })

  const build = (...tests: readonly string[]) => fixture.build(project(...tests), { extract: true })
  const ids = async (relation: string, id = 'id') =>
    (await fixture.rows(`select ${id} as id from ${relation} order by 1`)).map((row) => row['id'])

  it('moves them out of bronze, and the build goes on without them', async () => {
    await land([1, 'a'], [2], [3], [4], [5, 'e'], [6, 'f'])
    const result = await build(hasName)
    expect(result.status).toBe('success')
    expect(result.results.find(({ name }) => name === 'has_name')).toMatchObject({
      status: 'warned',
      message: '3 rows quarantined',
      counts: { failures: 3, quarantined: 3 },
      failure: null,
    })
    expect(await ids('silver.patients')).toEqual(['1', '5', '6'])
    expect(await fixture.rows('select n from silver.names')).toEqual([{ n: 3 }])
    expect(
      await fixture.rows(
        `select job, instance_id, slice, reason, record from strata.dead_letters order by record`,
      ),
    ).toEqual(
      ['2', '3', '4'].map((id) => ({
        job: 'clinic.patients',
        instance_id: 1,
        slice: '{}',
        reason: 'failed the test has_name',
        record: { id },
      })),
    )
    expect(brief(await build(hasName))['has_name']).toBe('success: passed')
  })

  it('takes back from an incremental model what it had of a row that has gone bad (R17)', async () => {
    await land([1, 'a'], [2, 'b'], [3, 'c'])
    await build(hasName)
    expect(await ids('silver.patients')).toEqual(['1', '2', '3'])
    await land([2], [4])
    const { results } = await build(hasName)
    expect(results.find(({ name }) => name === 'silver.patients')).toMatchObject({
      status: 'success',
      action: 'increment',
      counts: { deleted: 1 },
    })
    expect(await ids('silver.patients')).toEqual(['1', '3'])
    // Landed again, it is moved again; mended, it comes back.
    await land([2], [4])
    expect(brief(await build(hasName))['has_name']).toBe('warned: 2 rows quarantined')
    expect(await ids('strata.dead_letters', `record->>'id'`)).toEqual(['2', '4'])
    await land([2, 'b'])
    expect(brief(await build(hasName))['has_name']).toBe('success: passed')
    expect(await ids('silver.patients')).toEqual(['1', '2', '3'])
  })

  it('moves nothing where the rows are too many, and nothing is built of them', async () => {
    await land([1, 'a'], [2, 'b'])
    await build(hasName)
    await land([1], [2])
    const { status, results } = await build(hasName)
    expect(status).toBe('failed')
    expect(results.find(({ name }) => name === 'has_name')).toMatchObject({
      status: 'failed',
      message: 'the test would quarantine 2 of 2 rows: the source has changed, or the test is wrong',
      counts: { failures: 2, quarantined: 0 },
      failure: { code: 'TOO_MANY_QUARANTINED' },
    })
    expect(results.find(({ name }) => name === 'silver.patients')?.status).toBe('skipped')
    expect(await ids('bronze.patients', `data->>'id'`)).toEqual(['1', '2'])

    await land([1, 'a'], [3, 'c'])
    const few = hasName.replace('quarantine: true', 'quarantine: { max: 20% }')
    expect(brief(await build(few))['has_name']).toMatch(/^failed: the test would quarantine 1 of 3 rows/)
    const more = hasName.replace('quarantine: true', 'severity: warn, quarantine: { max: 1 }')
    expect(brief(await build(more))['has_name']).toBe('warned: 1 row quarantined')
  })

  it.each([
    [90, 250],
    [11, 100],
    [6, 11],
  ])('takes %i of %i rows for a changed source', async (bad, all) => {
    await land(...Array.from({ length: all }, (_, id): [number, string?] => (id < bad ? [id] : [id, 'a'])))
    expect(brief(await build(hasName))['has_name']).toMatch(
      new RegExp(`^failed: the test would quarantine ${bad} of ${all} rows: `),
    )
    expect(await ids('strata.dead_letters')).toEqual([])
  })

  it('counts in what was moved in the last 24 hours: a table is not lost in portions', async () => {
    const rows = (from: number, bad: number): [number, string?][] =>
      Array.from({ length: 20 }, (_, id) => (id >= from && id < from + bad ? [id] : [id, 'a']))
    await land(...rows(0, 8))
    expect(brief(await build(hasName))['has_name']).toBe('warned: 8 rows quarantined')
    await land(...rows(8, 3).slice(8))
    expect(brief(await build(hasName))['has_name']).toMatch(
      /^failed: the test would quarantine 3 of 12 rows, after 8 in the last 24 hours: /,
    )
    // What comes back mended is not lost.
    await land([0, 'a'])
    expect(brief(await build(hasName))['has_name']).toBe('warned: 3 rows quarantined')
  })

  it('has the other tests of the source asked without them', async () => {
    await land([1, 'a'], [2], [3], [4, 'd'], [5, 'e'])
    const result = await build(
      `row_count: { max: 2, name: few }`,
      `expression: { expression: "data->>'name' <> 'd'", name: no_d, quarantine: true }`,
      hasName,
      `expression: { expression: "data->>'name' is not null", name: names, where: "data->>'id' <> '0'" }`,
    )
    expect(result.status).toBe('success')
    expect(brief(result)).toMatchObject({
      no_d: 'warned: 1 row quarantined',
      has_name: 'warned: 2 rows quarantined',
      few: 'success: passed',
      names: 'success: passed',
    })
    expect(await ids('strata.dead_letters', 'reason')).toEqual([
      'failed the test has_name',
      'failed the test has_name',
      'failed the test no_d',
    ])
  })

  it('moves only those that its where condition looks at', async () => {
    await land([1, 'a'], [2], [3])
    const third = hasName.replace('quarantine:', `where: "data->>'id' = '3'", quarantine:`)
    expect(brief(await build(third))['has_name']).toBe('warned: 1 row quarantined')
    expect(await ids('silver.patients')).toEqual(['1', '2'])
  })

  it('moves nothing on a target that only reads what another one lands', async () => {
    await land([1, 'a'], [2])
    const { results } = await fixture.build(project(hasName))
    expect(results.find(({ name }) => name === 'has_name')).toMatchObject({
      status: 'failed',
      message: '1 failing row',
    })
    expect(await ids('bronze.patients', `data->>'id'`)).toEqual(['1', '2'])
    expect(await ids('strata.dead_letters')).toEqual([])
  })

  it('that is broken moves nothing and fails', async () => {
    await land([1, 'a'])
    const broken = hasName.replace(`data->>'name' is not null`, `(data->>'name')::int > 1`)
    const { results } = await build(broken)
    expect(results.find(({ name }) => name === 'has_name')).toMatchObject({
      status: 'failed',
      failure: { sqlstate: '22P02' },
    })
  })
})
