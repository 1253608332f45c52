import { setTimeout as sleep } from 'node:timers/promises'
import { createFaults, type Fault, type FaultSpec, startSimulator } from '@strata/simulator'
import { peakMb } from './peak-memory.ts'

/** What the process is told, as JSON. */
export interface SimulatorOrder {
  /** 1 is a thousand patients an instance. */
  readonly scale: number
  /** 1 or 2. Default 2. */
  readonly instances?: number
  /** Each answer takes so long beside the work for it. */
  readonly delayMs?: number
  readonly faults?: readonly FaultSpec[]
}

/** What it saw since it was last asked. */
export interface Observed {
  readonly requests: number
  /** Requests under way at once: over the time from the first one's arrival to the last one's answer. */
  readonly mean: number
  readonly max: number
  /** Since the process began. */
  readonly peakMb: number
}

/**
 * The simulator in a process of its own: tells its parent where the instances are, and at each message from it what it has seen.
 * Beside the usual endpoints each patient of any number has one visit: `/api/v1/patients/{patientId}/visits/odata`.
 */
const order = JSON.parse(process.argv[2]!) as SimulatorOrder
const planned: Fault | null = order.faults === undefined ? null : createFaults(order.faults)

let seen = nothingSeen()
const observed: Fault = async (request, answer, simulator) => {
  move(1)
  try {
    if (order.delayMs !== undefined) await sleep(order.delayMs)
    const [, patient] = /\/patients\/(\d+)\/visits\/odata$/.exec(request.path) ?? []
    if (patient !== undefined) return visitOf(patient, request.query.get('$top') === '0')
    return await (planned === null ? answer() : planned(request, answer, simulator))
  } finally {
    move(-1)
  }
}

const simulator = await startSimulator({
  scale: order.scale,
  fault: planned?.dress === undefined ? observed : Object.assign(observed, { dress: planned.dress }),
})
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  const { requests, max, area, firstAt, lastAt } = seen
  const mean = requests === 0 ? 0 : area / (lastAt - firstAt)
  seen = nothingSeen()
  process.send!({ requests, mean, max, peakMb: peakMb() } satisfies Observed)
})
process.send!(
  simulator.instances.slice(0, order.instances ?? 2).map(({ id, name }) => ({
    id,
    name,
    address: simulator.url(id),
    credentials: { api_key: simulator.apiKey(id) },
    parameters: {},
    simulated: true,
  })),
)

function nothingSeen() {
  return { requests: 0, running: 0, max: 0, area: 0, firstAt: 0, lastAt: 0 }
}

function move(by: 1 | -1): void {
  const now = performance.now()
  if (seen.requests === 0) seen.firstAt = now
  else seen.area += seen.running * (now - seen.lastAt)
  seen.lastAt = now
  seen.running += by
  if (by === 1) seen.requests += 1
  seen.max = Math.max(seen.max, seen.running)
}

/** `isCount`: none are asked for, to see what they are. */
function visitOf(patient: string, isCount: boolean) {
  const visit = `{"id":${patient},"patient":{"id":${patient}},"status":"Completed","modifiedDate":"2024-02-01T00:00:00Z"}`
  const body = `{"@odata.count":1,"value":[${isCount ? '' : visit}]}`
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'odata-version': '4.0' },
    body,
    records: isCount ? 0 : 1,
  }
}
