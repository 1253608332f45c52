import type { EndpointJob, Instance } from '@strata/core'
import { createFaults, type Simulator, startSimulator } from '@strata/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import {
  connector,
  impatient,
  landingSchema,
  patients,
  prepareLanding,
  sites,
  studies,
  subjects,
} from '../testing/landing-fixture.ts'
import { readEndpointFacts, rememberFacts } from './endpoint-facts.ts'
import { findSlices } from './find-slice.ts'
import { type JobProbe, probeJobs } from './probe-jobs.ts'

describeDatabases('probing the jobs of a source', (database) => {
  let simulator: Simulator
  let instances: readonly Instance[]
  beforeAll(async () => {
    simulator = await startSimulator({
      scale: 0.1,
      fault: createFaults([
        { kind: 'refuse_option', options: ['$orderby'], instance: 'south' },
        { kind: 'status', status: 503, path: '/api/v1/sites', instance: 'south' },
      ]),
    })
    instances = simulator.instances.map(({ id, name, apiKey }) => ({
      id,
      name,
      address: simulator.url(id),
      credentials: { api_key: apiKey },
      parameters: {},
      simulated: true,
    }))
  })
  afterAll(() => simulator.close())

  const probe = (jobs: readonly EndpointJob[], remember: boolean): Promise<readonly JobProbe[]> =>
    probeJobs({
      database: database(),
      landingSchema,
      jobs: jobs.map((job) => ({ job, connector: connector() })),
      instances,
      remember,
      clock: () => new Date(),
      signal: new AbortController().signal,
      retryPolicy: impatient,
    })
  const remembered = (job: EndpointJob, instanceId: number) =>
    readEndpointFacts(database(), landingSchema, job, instanceId)

  test('tells instances apart, and remembers what it found unless told not to', async () => {
    const dry = await probe([patients], false)
    expect(dry.map(({ instance, facts }) => [instance.name, facts.orderBy])).toEqual([
      ['north', true],
      ['south', false],
    ])
    expect(await remembered(patients, 1)).toEqual({})
    await probe([patients], true)
    expect(await remembered(patients, 1)).toMatchObject({ orderBy: true, cursorFormat: 'iso_utc' })
    expect(await remembered(patients, 2)).toMatchObject({ orderBy: false })
  })

  test('goes on with the other endpoints when one does not answer', async () => {
    const probes = await probe([sites, studies], false)
    expect(probes.map(({ job, instance, error }) => [job.table, instance.name, error?.code ?? null])).toEqual(
      [
        ['sites', 'north', null],
        ['sites', 'south', 'SOURCE_FAILING'],
        ['studies', 'north', null],
        ['studies', 'south', null],
      ],
    )
    expect(probes.every(({ requests }) => requests > 0)).toBe(true)
  })

  test('of a job with slices needs one that has landed', async () => {
    const [before] = await probe([subjects], false)
    expect(before).toMatchObject({ facts: {}, requests: 0, error: { code: 'NO_SLICE' } })
    expect(before?.error?.message).toBe(
      'nothing of north is in bronze.dim_studies_staging yet: there is nothing to put in the place of {studyId}',
    )
    expect(before?.error?.hint).toContain('`models extract --select +clinic.subjects`')
    const landing = await prepareLanding(database(), [studies, subjects], instances)
    await landing.land(studies)
    const [first] = await probe([subjects], false)
    expect(first).toMatchObject({ facts: { supported: true }, error: null })
    await landing.land(subjects)
    const [slice, ...others] = await findSlices(database(), { landingSchema, job: subjects, instanceId: 1 })
    expect(others).toEqual([])
    const { rows } = await database().query<{ most: string }>(`
      select (array_agg(slice order by records_received desc, slice))[1] as most from strata.job_watermarks
      where job = 'clinic.subjects' and instance_id = 1`)
    expect(slice).toEqual(JSON.parse(rows[0]!.most))
  })

  test('adds to what was known, fact by fact', async () => {
    const place = { landingSchema, job: studies, instanceId: 3 }
    await rememberFacts(database(), place, { orderBy: false, cursorFormat: null }, { probed: false })
    await rememberFacts(database(), place, { cursorFormat: 'quoted', topCap: null }, { probed: true })
    await rememberFacts(database(), place, { skip: true }, { probed: false })
    expect(await remembered(studies, 3)).toEqual({
      orderBy: false,
      cursorFormat: 'quoted',
      topCap: null,
      skip: true,
    })
    const { rows } = await database().query(
      `select probed_at is not null as probed from strata.endpoint_facts where job = 'clinic.studies' and instance_id = 3`,
    )
    expect(rows).toEqual([{ probed: true }])
  })
})
