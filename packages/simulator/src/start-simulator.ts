import { checkOptions } from './check-options.ts'
import { createClock, type SimulatedClock } from './clock.ts'
import { createAnswerer, type Tenant } from './http/answer.ts'
import { answerControl, CONTROL } from './http/control.ts'
import type { Fault, SimulatedRequest } from './http/fault.ts'
import type { Reply } from './http/reply.ts'
import { serve } from './http/serve.ts'
import { type Changes, changesBetween, countOf, createWorld, type EntityName } from './world.ts'

export interface SimulatedInstance {
  readonly id: number
  /** First part of its path: lower-case letters, digits and `-`. */
  readonly name: string
  readonly apiKey: string
}

export interface SimulatorOptions {
  /** Other numbers give other people. Default 1. */
  readonly seed?: number | undefined
  /** 1, the default, is a thousand patients an instance; 0.01 and 1000 work as well. */
  readonly scale?: number | undefined
  /** 0, the default, takes any that is free. */
  readonly port?: number | undefined
  /** Default: a clock in memory that stands at 2024-03-01. */
  readonly clock?: SimulatedClock | undefined
  /** Default: north (1) and south (2). */
  readonly instances?: readonly SimulatedInstance[] | undefined
  /** Stands before every API request; none by default. */
  readonly fault?: Fault | undefined
}

/** What has been asked so far, counted up while the simulator runs. The control endpoints do not count. */
export interface RequestCounters {
  readonly total: number
  /** Records in all answers. */
  readonly records: number
  /** By HTTP status. */
  readonly byStatus: { readonly [status: string]: number }
  /** By path: `/north/api/v1/patients/odata`. */
  readonly byPath: { readonly [path: string]: number }
}

export interface Simulator {
  readonly seed: number
  readonly scale: number
  readonly port: number
  readonly instances: readonly SimulatedInstance[]
  readonly clock: SimulatedClock
  readonly requests: RequestCounters
  /** Base URL of an instance, to which `/api/v1/…` is added. */
  url(instanceId: number): string
  apiKey(instanceId: number): string
  /** Records that the entity holds by the clock, subjects of all studies together. */
  count(entity: EntityName, instanceId: number): number
  /** Exactly what a reader who saw the entity at `from` finds new and changed at `to`. */
  changesBetween(entity: EntityName, instanceId: number, from: Date, to: Date): Changes
  /** From now on the simulator alone does not keep the process alive. */
  unref(): void
  /** Ends every connection, idle or not. May be called more than once. */
  close(): Promise<void>
}

export const defaultInstances: readonly SimulatedInstance[] = [
  { id: 1, name: 'north', apiKey: 'simulated-key-north' },
  { id: 2, name: 'south', apiKey: 'simulated-key-south' },
]

/** Serves on 127.0.0.1 until closed. Throws `ConfigurationError` for options that do not fit or a port that is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const {
    seed = 1,
    scale = 1,
    port = 0,
    clock = createClock(),
    instances = defaultInstances,
    fault,
  } = options
  checkOptions({ seed, scale, port, instances })
  const tenants: readonly Tenant[] = instances.map((instance) => ({
    ...instance,
    world: createWorld({ seed, scale, instanceId: instance.id }),
  }))

  const requests = { total: 0, records: 0, byStatus: {} as Counts, byPath: {} as Counts }
  const answer = createAnswerer(tenants)
  const answerApi = async (request: SimulatedRequest): Promise<Reply> => {
    const plain = (): Reply => answer(request, clock.now().getTime())
    const reply = fault === undefined ? plain() : await fault(request, plain)
    requests.total += 1
    requests.records += reply.records ?? 0
    increase(requests.byStatus, String(reply.status))
    increase(requests.byPath, request.path)
    return reply
  }
  const service = await serve(port, (request) =>
    request.path === CONTROL || request.path.startsWith(`${CONTROL}/`)
      ? answerControl(request, { seed, scale, clock, tenants })
      : answerApi(request),
  )

  const tenant = (id: number): Tenant => {
    const found = tenants.find((candidate) => candidate.id === id)
    if (found === undefined) throw new Error(`The simulator serves no instance ${id}`)
    return found
  }
  return {
    seed,
    scale,
    instances,
    clock,
    requests,
    port: service.port,
    url: (id) => `http://127.0.0.1:${service.port}/${tenant(id).name}`,
    apiKey: (id) => tenant(id).apiKey,
    count: (entity, id) => countOf(tenant(id).world, entity, clock.now().getTime()),
    changesBetween: (entity, id, from, to) =>
      changesBetween(tenant(id).world, entity, from.getTime(), to.getTime()),
    unref: service.unref,
    close: service.close,
  }
}

type Counts = { [name: string]: number }

function increase(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
