import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiConnector, connectorDefaults, type JobNode, jobDefaults, type Plan } from '@strata/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JobSourceOptions, openJobSources } from './job-sources.ts'
import type { Workspace } from './workspace.ts'

const clinic = connectorOf('clinical_conductor', 1, 'CC')
const crm = connectorOf('crm', 9, 'CRM')
const clinicSet = { CC_URL: 'https://cc.example', CC_KEY: 'key of the clinic' }
const crmSet = { CRM_URL: 'https://crm.example', CRM_KEY: 'key of the crm' }

describe('the sources of a plan', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'strata-job-sources-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  async function open(
    environment: { readonly [name: string]: string },
    options: Partial<JobSourceOptions> = {},
    connectors: readonly ApiConnector[] = [clinic, crm],
  ) {
    const nodes = [clinic, crm].map(nodeOf)
    const workspace = { directory, environment, databaseUrl: null, compilation: { graph: { nodes } } }
    const sources = await openJobSources(workspace as unknown as Workspace, planOf(connectors), {
      simulate: [],
      embedded: false,
      landing: false,
      ...options,
    })
    if (options.landing === true) sources.landed()
    await sources.close()
    return {
      notes: sources.notes,
      intents: sources.plan.steps.map(({ intent, reason }) => `${intent}: ${reason}`),
      simulated: connectors.map(({ source }) => sources.instancesOf(source).map((one) => one.simulated)),
    }
  }

  it('are called where they are configured', async () => {
    expect(await open({ ...clinicSet, ...crmSet })).toEqual({
      notes: [],
      intents: ['land: asked for', 'land: asked for'],
      simulated: [[false], [false]],
    })
  })

  it('are left out and said so where nobody has configured them and another one is', async () => {
    expect(await open(clinicSet, { embedded: true })).toEqual({
      notes: ['crm is left out: CRM_URL, CRM_KEY are not set.'],
      intents: ['land: asked for', 'skip: not configured: CRM_URL, CRM_KEY are not set'],
      simulated: [[false], []],
    })
    expect((await open({}, { simulate: ['clinical_conductor'] })).simulated).toEqual([[true], []])
  })

  it('are an error where none is configured, or one in part', async () => {
    await expect(open({})).rejects.toMatchObject({ code: 'SOURCE_NOT_CONFIGURED' })
    await expect(open({}, { embedded: true }, [crm])).rejects.toThrow('crm has no address and key')
    await expect(open({ ...crmSet, CC_URL: 'https://cc.example' })).rejects.toThrow(
      'for one CC_KEY is not set',
    )
  })

  it('are simulated unasked on the embedded database alone, and only where no other source of the project is real', async () => {
    expect((await open({}, { embedded: true })).notes).toEqual([
      'crm is left out: CRM_URL, CRM_KEY are not set.',
      'clinical_conductor is simulated (one); simulated time 2024-03-01.',
    ])
    expect((await open(crmSet, { embedded: true })).simulated).toEqual([[], [false]])
    await expect(open(crmSet, { embedded: true }, [clinic])).rejects.toMatchObject({
      code: 'SOURCE_NOT_CONFIGURED',
    })
  })

  it('are simulated at the scale at which they have landed, and at no other', async () => {
    const at = (scale: string) => ({ STRATA_SIMULATOR_SCALE: scale })
    const landing = { embedded: true, landing: true }
    await open(at('0.02'), landing)
    for (const options of [landing, { embedded: true }])
      await expect(open(at('0.01'), options)).rejects.toMatchObject({
        code: 'SIMULATOR_WORLD_CHANGED',
        message: expect.stringContaining('were begun with scale 0.02, and now it is 0.01'),
        hint: expect.stringContaining('models db reset --yes'),
      })
    // A day has passed since the landing, and none for those that were refused.
    expect((await open(at('0.02'), landing)).notes).toContain(
      'clinical_conductor is simulated (one); simulated time 2024-03-02.',
    )
  })

  it('serve the same contacts whether or not a plan lands the clinics, whose patients they become', async () => {
    const ghl = connectorOf('gohighlevel', 3, 'GHL', 'leads')
    const own = connectorOf('clinical_conductor', 7, 'CC')
    const contacts = async (connectors: readonly ApiConnector[]) => {
      const environment = { STRATA_SIMULATOR_SCALE: '0.02' }
      const compilation = { graph: { nodes: [own, ghl].map(nodeOf) } }
      const workspace = { directory, environment, databaseUrl: null, compilation } as unknown as Workspace
      const options = { simulate: [], embedded: true, landing: false }
      const sources = await openJobSources(workspace, planOf(connectors), options)
      try {
        const [{ address, credentials } = fail()] = sources.instancesOf('gohighlevel')
        const headers = { authorization: `Bearer ${credentials['token']}`, version: '2021-07-28' }
        const answer = await fetch(`${address}/contacts/?locationId=location-leads`, { headers })
        return ((await answer.json()) as { readonly contacts: readonly unknown[] }).contacts
      } finally {
        await sources.close()
      }
    }
    const alone = await contacts([ghl])
    expect(alone.length).toBeGreaterThan(0)
    expect(alone).toEqual(await contacts([own, ghl]))
  })

  it.each(['abc', '0', '-1', '1e9', 'Infinity'])('are not simulated at scale %s', async (scale) => {
    await expect(open({ STRATA_SIMULATOR_SCALE: scale }, { embedded: true })).rejects.toMatchObject({
      code: 'BAD_SCALE',
      message: `STRATA_SIMULATOR_SCALE is "${scale}"`,
    })
  })
})

function fail(): never {
  throw new Error('the source has no instance')
}

function connectorOf(source: string, id: number, prefix: string, name = 'one'): ApiConnector {
  const credentials = { api_key: { env: `${prefix}_KEY` } }
  return {
    ...connectorDefaults,
    source,
    instances: [{ id, name, address: { env: `${prefix}_URL` }, credentials, parameters: {} }],
  }
}

function jobOf({ source }: ApiConnector) {
  const target = { schema: 'bronze', name: `${source}_staging` }
  return { ...jobDefaults, source, table: 'things', name: 'Things', endpoint: '/things', target }
}

function nodeOf(connector: ApiConnector): JobNode {
  return { kind: 'job', job: jobOf(connector), connector } as unknown as JobNode
}

function planOf(connectors: readonly ApiConnector[]): Plan {
  const steps = connectors.map((connector) => ({
    kind: 'job',
    id: `job.p.${connector.source}.things`,
    name: `${connector.source}.things`,
    parents: [],
    intent: 'land',
    reason: 'asked for',
    job: jobOf(connector),
    connector,
  }))
  return { steps } as unknown as Plan
}
