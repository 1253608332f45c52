export { createClock, type SimulatedClock } from './clock.ts'
export { fileClock } from './file-clock.ts'
export type { Fault, SimulatedRequest } from './http/fault.ts'
export type { Reply } from './http/reply.ts'
export {
  defaultInstances,
  type RequestCounters,
  type SimulatedInstance,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from './start-simulator.ts'
export type { Changes, EntityName } from './world.ts'
