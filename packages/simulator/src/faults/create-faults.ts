import type { Fault } from '../http/fault.ts'
import { pageReply } from '../http/page.ts'
import { refusalReply } from '../http/reply.ts'
import type { SimulatedRequest } from '../http/simulated-request.ts'
import { Refusal } from '../odata/refusal.ts'
import { bodies } from './bodies.ts'
import { checkFaults } from './check-faults.ts'
import { connections } from './connections.ts'
import type { Effect } from './effect.ts'
import type { FaultScope, FaultSpec } from './fault-spec.ts'
import { mutate } from './mutate.ts'
import { options } from './options.ts'
import { pages } from './pages.ts'
import { paging } from './paging.ts'
import { poison } from './poison.ts'
import { records } from './records.ts'
import { refusals } from './refusals.ts'
import { createScope, pathMatcher } from './scope.ts'

const effects = {
  ...refusals,
  ...options,
  ...paging,
  ...pages,
  ...bodies,
  ...connections,
  ...records,
  ...poison,
  ...mutate,
}

interface ActiveFault extends Effect {
  readonly meets: (request: SimulatedRequest) => boolean
  readonly isAbout: (instanceName: string, path: string) => boolean
}

/**
 * A fault made of plain data: all of them together, in their order. Throws `ConfigurationError`
 * `SIMULATOR_FAULT_INVALID`.
 */
export function createFaults(specs: readonly FaultSpec[]): Fault {
  const faults = checkFaults(specs).map(activate)

  const fault: Fault = (request, answer, simulator) => {
    const translated = faults.reduce((changed, { translate }) => translate?.(changed) ?? changed, request)
    const met = faults.filter(({ meets }) => meets(request))
    let reply = null
    for (const { before } of met) reply = before?.(request, simulator) ?? reply
    if (reply === null) {
      try {
        reply = answer(met.reduce((changed, { rewrite }) => rewrite?.(changed) ?? changed, translated))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        reply = refusalReply(error)
      }
    }
    if (reply.page !== undefined) {
      const page = met.reduce((changed, effect) => effect.page?.(changed, request) ?? changed, reply.page)
      if (page !== reply.page) reply = { ...reply, ...pageReply(page) }
    }
    return met.reduce((changed, effect) => effect.reply?.(changed, request, simulator) ?? changed, reply)
  }

  return Object.assign(fault, {
    dress: ((collection, instanceName, path) =>
      faults
        .filter(({ dress, isAbout }) => dress !== undefined && isAbout(instanceName, path))
        .reduce((dressed, { dress }) => dress!(dressed), collection)) satisfies Fault['dress'],
  })
}

function activate(spec: FaultSpec, place: number): ActiveFault {
  const effect = (effects[spec.kind] as (own: FaultSpec) => Effect)(spec)
  const isPath = pathMatcher(spec.path)
  return {
    ...effect,
    meets: createScope(requestScope(spec), place, (request) => effect.concerns?.(request) ?? true),
    isAbout: (instanceName, path) =>
      (spec.instance === undefined || spec.instance === instanceName) && isPath(path),
  }
}

/** The rate of poison is one of records. */
function requestScope(spec: FaultSpec): FaultScope {
  return spec.kind === 'poison' ? { ...spec, rate: 1 } : spec
}
