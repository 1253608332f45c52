import type { SimulatedClock } from '../clock.ts'
import { DAY } from '../content/epoch.ts'
import { malformed, Refusal } from '../odata/refusal.ts'
import { countOf, type EntityName } from '../world.ts'
import type { Tenant } from './answer.ts'
import { endpoints } from './endpoints.ts'
import type { SimulatedRequest } from './fault.ts'
import { jsonReply, type Reply, refusalReply } from './reply.ts'

export const CONTROL = '/_simulator'

export interface ControlState {
  readonly seed: number
  readonly scale: number
  readonly clock: SimulatedClock
  readonly tenants: readonly Tenant[]
}

const entities: readonly EntityName[] = ['sites', 'studies', 'patients', 'subjects']

/** Answers requests about the simulator itself: what it serves, and `POST …/advance?days=1`. It asks for no key. */
export function answerControl(request: SimulatedRequest, state: ControlState): Reply {
  try {
    if (request.path === CONTROL) {
      requireMethod(request, 'GET')
      return jsonReply(200, `${JSON.stringify(describe(request, state), null, 2)}\n`)
    }
    if (request.path !== `${CONTROL}/advance`)
      throw new Refusal(404, 'NotFound', `There is nothing at ${request.path}.`)
    requireMethod(request, 'POST')
    const days = Number(request.query.get('days') ?? '1')
    if (!(days > 0 && Number.isFinite(days))) throw malformed('days must be a number above 0.')
    state.clock.advance(days * DAY)
    return jsonReply(200, `${JSON.stringify({ now: state.clock.now() })}\n`)
  } catch (error) {
    if (error instanceof Refusal) return refusalReply(error)
    throw error
  }
}

function requireMethod(request: SimulatedRequest, method: string): void {
  if (request.method !== method) throw new Refusal(405, 'MethodNotAllowed', `Only ${method} is allowed here.`)
}

function describe(request: SimulatedRequest, { seed, scale, clock, tenants }: ControlState): object {
  const now = clock.now()
  return {
    simulates: 'Clinical Conductor',
    seed,
    scale,
    now,
    endpoints: endpoints.map((endpoint) => `/api/v1${endpoint.path}`),
    instances: tenants.map(({ id, name, apiKey, world }) => ({
      id,
      name,
      url: `${request.origin}/${name}`,
      apiKey,
      records: Object.fromEntries(entities.map((entity) => [entity, countOf(world, entity, now.getTime())])),
    })),
  }
}
