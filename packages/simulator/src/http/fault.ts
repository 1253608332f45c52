import type { Collection } from '../entities/collection.ts'
import type { Simulator } from '../start-simulator.ts'
import type { Reply } from './reply.ts'
import type { SimulatedRequest } from './simulated-request.ts'

/**
 * Stands between a request and its answer and may do anything an API does on a bad day: answer in its own way, change
 * what `answer()` gives or is asked, change the simulated world, take its time. `createFaults` makes one of plain data.
 */
export interface Fault {
  (
    request: SimulatedRequest,
    answer: (request?: SimulatedRequest) => Reply,
    simulator: Simulator,
  ): Reply | Promise<Reply>
  /** The records of an endpoint as this server has them; `path` is below the instance. */
  readonly dress?: (collection: Collection, instanceName: string, path: string) => Collection
}
