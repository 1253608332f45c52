import type { ApiConnector, Database, EndpointJob, Instance } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import type { SliceParameters } from '../job-identity.ts'
import { type EndpointFacts, readEndpointFacts, rememberFacts } from '../probe/endpoint-facts.ts'
import { probeEndpoint } from '../probe/probe-endpoint.ts'

/** What all walks of a job and instance know of its endpoint, and learn. */
export interface EndpointKnowledge {
  facts(): EndpointFacts
  /** The most records that a page has been seen to hold in this run; 2 where one of an earlier run held several. */
  largestPage: number
  /** Pages that the walks have asked for ahead, and not landed yet. */
  pagesAhead: number
  /** Remembered for later runs. */
  learn(patch: EndpointFacts): Promise<void>
  /** Whether the endpoint's count is that of all records, by `proof` where it is not known; each kind of proof is tried once. */
  proveCount(kind: number, proof: () => Promise<boolean>): Promise<boolean>
  /** Probes an endpoint that refused a request; false: nothing new came of it. */
  askAgain(parameters: SliceParameters, signal: AbortSignal): Promise<boolean>
}

export interface KnowledgeOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly connector: ApiConnector
  readonly instance: Instance
}

export async function openKnowledge(options: KnowledgeOptions): Promise<EndpointKnowledge> {
  const { database, client, landingSchema, job, connector, instance } = options
  const place = { landingSchema, job, instanceId: instance.id }
  const { countHonest, ...known } = await readEndpointFacts(database, landingSchema, job, instance.id)
  // That a count is of all records is proven anew by each run: the API may be another version of itself by now.
  let facts: EndpointFacts = countHonest === false ? { ...known, countHonest } : known
  let probing: Promise<boolean> | null = null
  const proving = new Map<number, Promise<boolean>>()

  async function learn(patch: EndpointFacts): Promise<void> {
    if (Object.keys(patch).length === 0) return
    facts = { ...facts, ...patch }
    await rememberFacts(database, place, patch, { probed: false })
  }

  async function probe(parameters: SliceParameters, signal: AbortSignal): Promise<boolean> {
    const before = steeringText(facts)
    await learn(await probeEndpoint({ client, job, connector, instance, parameters, signal }))
    return steeringText(facts) !== before
  }

  return {
    facts: () => facts,
    largestPage: facts.severalAPage === true ? 2 : 0,
    pagesAhead: 0,
    learn,
    async proveCount(kind, proof) {
      if (facts.countHonest !== undefined) return facts.countHonest
      const known = proving.get(kind)
      if (known !== undefined) return await known
      const asked = proof()
        .then(async (honest) => {
          if (honest) await learn({ countHonest: true })
          return honest
        })
        .catch((error: unknown) => {
          proving.delete(kind)
          throw error
        })
      proving.set(kind, asked)
      return await asked
    },
    askAgain(parameters, signal) {
      // Several slices may be refused at once.
      probing ??= probe(parameters, signal).finally(() => {
        probing = null
      })
      return probing
    },
  }
}

/** The facts that decide how pages are asked for. */
const steering = [
  'nextLink',
  'top',
  'topCap',
  'skip',
  'orderBy',
  'keyset',
  'count',
  'filter',
  'compoundFilter',
  'cursorField',
  'cursorFormat',
] as const satisfies readonly (keyof EndpointFacts)[]

function steeringText(facts: EndpointFacts): string {
  return JSON.stringify(steering.map((name) => (facts[name] === undefined ? 'unknown' : facts[name])))
}
