import { checkOptions } from './check-options.ts'
import { createClock, type SimulatedClock } from './clock.ts'
import { deriveKey } from './content/draw.ts'
import { writeJson } from './content/value.ts'
import { applyEdit } from './edits/apply-edit.ts'
import type { EditSpec } from './edits/edit-spec.ts'
import { createHoldings, type Place } from './edits/holdings.ts'
import { createFaults } from './faults/create-faults.ts'
import type { FaultSpec } from './faults/fault-spec.ts'
import type { GivenCollection, GivenRecord } from './given/given-collection.ts'
import { createContactHoldings } from './gohighlevel/contact-holdings.ts'
import { createContacts } from './gohighlevel/contacts.ts'
import { createAnswerer, type Tenant } from './http/answer.ts'
import { answerControl, CONTROL } from './http/control.ts'
import type { Fault } from './http/fault.ts'
import { createPathCounts } from './http/path-counts.ts'
import type { Reply } from './http/reply.ts'
import { serve } from './http/serve.ts'
import type { SimulatedRequest } from './http/simulated-request.ts'
import { createTokens, type SimulatedOAuth } from './http/tokens.ts'
import { type Changes, createWorld, type EntityName } from './world.ts'

export interface SimulatedInstance {
  readonly id: number
  /** First part of its path: lower-case letters, digits and `-`. */
  readonly name: string
  /** Sent as `X-ApiKey`, or to GoHighLevel as a bearer token. */
  readonly apiKey: string
  /** Default `clinical_conductor`. */
  readonly api?: 'clinical_conductor' | 'gohighlevel' | undefined
  /** The location whose contacts an instance of GoHighLevel holds. Default: `location-` and its name. */
  readonly locationId?: string | undefined
  /** Lets clients in with tokens, too, that they get by `POST /oauth/token` below the instance. */
  readonly oauth?: SimulatedOAuth | undefined
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
  /** Ids of the clinics whose patients most contacts of GoHighLevel become. Default: those that are served, else north and south. */
  readonly clinics?: readonly number[] | undefined
  /** Stands before every API request; none by default. `createFaults` makes one of plain data. */
  readonly fault?: Fault | undefined
  /** Further endpoints, by their path below an instance (`/api/v1/things/odata`); each instance has its own copy. */
  readonly collections?: { readonly [path: string]: GivenCollection } | undefined
}

/** An entity of the simulated world, or the path (or pattern) of an endpoint below the instance. */
export type Target = EntityName | (string & {})

/** What has been asked so far, counted up while the simulator runs. The control endpoints do not count. */
export interface RequestCounters {
  readonly total: number
  /** Records in all answers. */
  readonly records: number
  /** By HTTP status. */
  readonly byStatus: { readonly [status: string]: number }
  /** By path: `/north/api/v1/patients/odata`; beyond 20,000 of them new ones count together, with `{id}` for each id. */
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
  /** Of an instance of GoHighLevel. */
  locationId(instanceId: number): string
  /** Its endpoints, with `{parameter}` places. */
  paths(instanceId: number): readonly string[]
  entities(instanceId: number): readonly EntityName[]
  /** The OAuth 2 tokens that the instance gave are valid no more. */
  expireTokens(instanceId: number): void
  /** Records that the entity holds by the clock, below all its parents together. */
  count(entity: Target, instanceId: number): number
  /** All of them as they are now, as the API writes them (with faults that change records): a JSON text each. */
  records(entity: Target, instanceId: number): readonly string[]
  /** Exactly what a reader who saw the entity at `from` finds new and changed at `to`. */
  changesBetween(entity: Target, instanceId: number, from: Date, to: Date): Changes
  /** How many records such a reader finds gone. */
  deletedBetween(entity: Target, instanceId: number, from: Date, to: Date): number
  /**
   * A new record, of which these fields are given, or one that was deleted and comes back (where its id is given).
   * Gives its id. It names what it hangs on, a subject its study: `{ study: { id: 4001 } }`.
   */
  insert(entity: Target, instanceId: number, fields?: GivenRecord): number | string
  /** Changes fields of a record, and its change time (but see `keepsStamp`). Throws where it is not there. */
  edit(
    entity: Target,
    instanceId: number,
    id: number | string,
    fields?: GivenRecord,
    options?: { readonly keepsStamp?: boolean },
  ): void
  /** The record is gone, and what is asked for by its id is out of reach. Throws where it is not there. */
  delete(entity: Target, instanceId: number, id: number | string): void
  /** The same, said as data. Gives the ids of the records. */
  apply(edit: EditSpec & { readonly entity: Target; readonly instance: number }): readonly (number | string)[]
  /** Puts other faults in place of all, those given as `fault` too. Throws `ConfigurationError`. */
  setFaults(specs: readonly FaultSpec[]): void
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
    collections = {},
    clinics = clinicsAmong(instances),
  } = options
  let { fault } = options
  let faultVersion = 0
  checkOptions({ seed, scale, port, instances, collections })
  const patients = clinics.map((id) => createWorld({ seed, scale, instanceId: id }).patients)
  const tenants: readonly Tenant[] = instances.map((instance) => {
    const { id, name, apiKey, api = 'clinical_conductor', locationId = `location-${name}`, oauth } = instance
    const holdings =
      api === 'gohighlevel'
        ? createContactHoldings(
            createContacts(deriveKey(seed, id), Math.ceil(400 * scale), locationId, patients),
          )
        : createHoldings(createWorld({ seed, scale, instanceId: id }), collections)
    const tokens = oauth === undefined ? null : createTokens(oauth)
    return { id, name, apiKey, api, locationId, tokens, holdings }
  })

  const byPath = createPathCounts()
  const requests = { total: 0, records: 0, byStatus: {} as Counts, byPath: byPath.counts }
  const dress = (...[collection, name, path]: Parameters<NonNullable<Fault['dress']>>) =>
    fault?.dress?.(collection, name, path) ?? collection
  const answer = createAnswerer(tenants, dress)
  const answerApi = async (request: SimulatedRequest): Promise<Reply> => {
    const plain = (own = request): Reply => withDate(answer(own, now(), faultVersion), now())
    const reply = withDate(fault === undefined ? plain() : await fault(request, plain, simulator), now())
    requests.total += 1
    requests.records += reply.records ?? 0
    increase(requests.byStatus, String(reply.status))
    byPath.add(request.path)
    return reply
  }
  const service = await serve(port, (request) =>
    request.path === CONTROL || request.path.startsWith(`${CONTROL}/`)
      ? answerControl(request, simulator)
      : answerApi(request),
  )

  const now = (): number => clock.now().getTime()
  const tenant = (id: number): Tenant => {
    const found = tenants.find((candidate) => candidate.id === id)
    if (found === undefined) throw new Error(`The simulator serves no instance ${id}`)
    return found
  }
  const places = (entity: Target, id: number): Iterable<Place> => tenant(id).holdings.places(entity, now())
  const between = (entity: Target, id: number, from: Date, to: Date) => {
    const sum = { inserted: 0, changed: 0, deleted: 0 }
    for (const { collection } of tenant(id).holdings.places(entity, to.getTime())) {
      const changes = collection.changesBetween(from.getTime(), to.getTime())
      sum.inserted += changes.inserted
      sum.changed += changes.changed
      sum.deleted += changes.deleted
    }
    return sum
  }
  const simulator: Simulator = {
    seed,
    scale,
    instances,
    clock,
    requests,
    port: service.port,
    url: (id) => `http://127.0.0.1:${service.port}/${tenant(id).name}`,
    apiKey: (id) => tenant(id).apiKey,
    paths: (id) => tenant(id).holdings.paths,
    entities: (id) => tenant(id).holdings.entities,
    locationId: (id) => tenant(id).locationId,
    expireTokens: (id) => tenant(id).tokens?.expire(),
    count: (entity, id) => tenant(id).holdings.count(entity, now()),
    records(entity, id) {
      const texts: string[] = []
      for (const { collection, path } of places(entity, id)) {
        const dressed = dress(collection, tenant(id).name, path)
        for (let index = 0; index < dressed.count(now()); index += 1) {
          if (dressed.isStale?.(index) !== true) texts.push(writeJson(dressed.record(index, now())))
        }
      }
      return texts
    },
    changesBetween(entity, id, from, to) {
      const { inserted, changed } = between(entity, id, from, to)
      return { inserted, changed }
    },
    deletedBetween: (entity, id, from, to) => between(entity, id, from, to).deleted,
    insert: (entity, instance, fields = {}) =>
      simulator.apply({ kind: 'insert', entity, instance, fields })[0]!,
    edit(entity, instance, id, fields = {}, { keepsStamp = false } = {}) {
      simulator.apply({ kind: 'edit', entity, instance, id, fields, keepsStamp })
    },
    delete(entity, instance, id) {
      simulator.apply({ kind: 'delete', entity, instance, id })
    },
    apply: (edit) => applyEdit(tenant(edit.instance).holdings, clock, edit) as readonly (number | string)[],
    setFaults(specs) {
      fault = createFaults(specs)
      faultVersion += 1
    },
    unref: service.unref,
    close: service.close,
  }
  return simulator
}

function clinicsAmong(instances: readonly SimulatedInstance[]): readonly number[] {
  const served = instances.filter(({ api }) => api !== 'gohighlevel')
  return (served.length > 0 ? served : defaultInstances).map(({ id }) => id)
}

/** The Date header tells the simulated time: a server whose records were younger than its clock would be none. */
function withDate(reply: Reply, now: number): Reply {
  return { ...reply, headers: { date: new Date(now).toUTCString(), ...reply.headers } }
}

type Counts = { [name: string]: number }

function increase(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
