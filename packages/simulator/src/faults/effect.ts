import type { Collection } from '../entities/collection.ts'
import type { Page } from '../http/page.ts'
import type { Reply } from '../http/reply.ts'
import type { SimulatedRequest } from '../http/simulated-request.ts'
import type { Simulator } from '../start-simulator.ts'
import type { FaultKind, FaultScope } from './fault-spec.ts'

/** What a fault does to the requests that it meets. Each step is taken by all faults in their order, then the next. */
export interface Effect {
  /** Requests with which it has nothing to do are not counted. */
  concerns?(request: SimulatedRequest): boolean
  /** Answers instead of the server; null: does not. */
  before?(request: SimulatedRequest, simulator: Simulator): Reply | null
  rewrite?(request: SimulatedRequest): SimulatedRequest
  page?(page: Page, request: SimulatedRequest): Page
  reply?(reply: Reply, request: SimulatedRequest, simulator: Simulator): Reply
  /** Changes records themselves, whatever the request. */
  dress?(collection: Collection): Collection
  /** Changes every request, met or not, so that it fits records that are dressed. */
  translate?(request: SimulatedRequest): SimulatedRequest
}

/** The specification of one kind of fault. */
export type SpecOf<K extends FaultKind['kind']> = FaultScope & Extract<FaultKind, { readonly kind: K }>

/** Makes the effects of these kinds of faults. */
export type Effects<K extends FaultKind['kind']> = { readonly [N in K]: (spec: SpecOf<N>) => Effect }
