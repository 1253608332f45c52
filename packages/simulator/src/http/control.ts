import { ConfigurationError } from '@strata/core'
import { DAY } from '../content/epoch.ts'
import { checkEdit, checkFaults } from '../faults/check-faults.ts'
import { malformed, Refusal } from '../odata/refusal.ts'
import type { Simulator } from '../start-simulator.ts'
import { jsonReply, type Reply, refusalReply } from './reply.ts'
import type { SimulatedRequest } from './simulated-request.ts'

export const CONTROL = '/_simulator'

const actions: {
  readonly [path: string]: (request: SimulatedRequest, simulator: Simulator) => object
} = {
  '/advance'({ query }, { clock }) {
    const days = Number(query.get('days') ?? '1')
    if (!(days > 0 && Number.isFinite(days))) throw malformed('days must be a number above 0.')
    clock.advance(days * DAY)
    return { now: clock.now() }
  },
  '/faults'({ body }, simulator) {
    const specs = checkFaults(parse(body))
    simulator.setFaults(specs)
    return { faults: specs.length }
  },
  '/edits'({ body }, simulator) {
    const edits = parse(body)
    if (!Array.isArray(edits)) throw malformed('Give a list of edits.')
    const [first] = simulator.instances
    return {
      ids: edits.map((edit: unknown, position) => {
        checkEdit(`Edit ${position + 1}`, edit)
        const { entity } = edit
        if (entity === undefined) throw malformed(`Edit ${position + 1} has no entity.`)
        return simulator.apply({ instance: first!.id, ...edit, entity })
      }),
    }
  },
}

/**
 * Answers requests about the simulator itself, without a key: what it serves, `POST …/advance?days=1`,
 * `POST …/faults` (which replaces all), `POST …/edits`.
 */
export function answerControl(request: SimulatedRequest, simulator: Simulator): Reply {
  try {
    if (request.path === CONTROL) {
      requireMethod(request, 'GET')
      return jsonReply(200, `${JSON.stringify(describe(request, simulator), null, 2)}\n`)
    }
    const action = actions[request.path.slice(CONTROL.length)]
    if (action === undefined) throw new Refusal(404, 'NotFound', `There is nothing at ${request.path}.`)
    requireMethod(request, 'POST')
    return jsonReply(200, `${JSON.stringify(action(request, simulator))}\n`)
  } catch (error) {
    if (error instanceof Refusal) return refusalReply(error)
    // Data in the body that does not fit; nothing else that an action does throws.
    const hint = error instanceof ConfigurationError ? ` ${error.hint ?? ''}` : ''
    return refusalReply(malformed(`${error instanceof Error ? error.message : String(error)}${hint}`))
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw malformed('The body is no JSON.')
  }
}

function requireMethod(request: SimulatedRequest, method: string): void {
  if (request.method !== method) throw new Refusal(405, 'MethodNotAllowed', `Only ${method} is allowed here.`)
}

function describe(request: SimulatedRequest, simulator: Simulator): object {
  const { seed, scale, clock, instances } = simulator
  return {
    simulates: 'Clinical Conductor and GoHighLevel',
    seed,
    scale,
    now: clock.now(),
    instances: instances.map(({ id, name, apiKey, api = 'clinical_conductor' }) => ({
      id,
      name,
      url: `${request.origin}/${name}`,
      api,
      apiKey,
      endpoints: simulator.paths(id),
      records: Object.fromEntries(
        simulator.entities(id).map((entity) => [entity, simulator.count(entity, id)]),
      ),
    })),
  }
}
