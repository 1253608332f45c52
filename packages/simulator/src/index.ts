export { createClock, type SimulatedClock } from './clock.ts'
export { exactNumber } from './content/value.ts'
export type { EditSpec } from './edits/edit-spec.ts'
export { createFaults } from './faults/create-faults.ts'
export type { FaultSpec } from './faults/fault-spec.ts'
export { type FileClock, fileClock } from './file-clock.ts'
export type { GivenCollection, GivenRecord } from './given/given-collection.ts'
export type { Fault } from './http/fault.ts'
export type { Reply } from './http/reply.ts'
export type { SimulatedRequest } from './http/simulated-request.ts'
export {
  defaultInstances,
  type RequestCounters,
  type SimulatedInstance,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
  type Target,
} from './start-simulator.ts'
export type { Changes, EntityName } from './world.ts'
