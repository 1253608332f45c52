import type { EndpointJob } from '@strata/core'
import type { FaultSpec } from '@strata/simulator'
import { connectorOf, patients, studies, subjects } from './landing-jobs.ts'
import { landInProcess, openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'
import { median } from './timing.ts'

// Latency: how full the budget of one instance is when each answer takes a while, for a job with a slice a study and for
// one large endpoint. Requests under way are counted by the simulator.
// Pages are small, so that asking takes longer than landing; with large ones the budget is as empty as landing is slow.
// DELAY: 50 (ms). PAGE: 200 (records). ONLY: a part of a scenario's name. SCALE: 100 (thousands of patients; 200 studies at 100). CONCURRENCY: 4,8. ROUNDS: 3. BENCH_DATABASE_URL.
const delayMs = Number(process.env['DELAY'] ?? '50')
const pageSize = Number(process.env['PAGE'] ?? '200')
const scale = Number(process.env['SCALE'] ?? '100')
const concurrencies = (process.env['CONCURRENCY'] ?? '4,8').split(',').map(Number)
const only = process.env['ONLY'] ?? ''
const rounds = Number(process.env['ROUNDS'] ?? '3')

interface Scenario {
  readonly what: string
  readonly job: EndpointJob
  readonly faults?: readonly FaultSpec[]
}

const offset: EndpointJob = {
  ...patients,
  paging: { kind: 'offset', offsetParam: '$skip', limitParam: '$top', totalPath: ['@odata.count'] },
}
const scenarios: readonly Scenario[] = [
  { what: 'a slice a study', job: subjects },
  { what: 'one endpoint, by key', job: patients },
  {
    what: 'one endpoint, by offset (it refuses `$filter`)',
    job: patients,
    faults: [{ kind: 'refuse_option', options: ['$filter'] }],
  },
  {
    what: 'one endpoint, by next links',
    job: patients,
    faults: [{ kind: 'next_link', size: pageSize }],
  },
  { what: 'one endpoint, declared `offset`', job: offset },
]

const place = await openLandingPlace()
const table = [
  ['', 'at once', 'requests', 'under way, mean', 'under way, max', 'full', 'time', 'at least', 'records/s'],
]
try {
  for (const { what, job, faults } of scenarios.filter(({ what }) => what.includes(only))) {
    const simulator = await serveSimulator({ scale, instances: 1, delayMs, ...(faults && { faults }) })
    const { instances } = simulator
    try {
      for (const concurrency of concurrencies) {
        const connector = connectorOf(instances, { concurrency })
        const times: number[] = []
        const means: number[] = []
        let last = { records: 0, requests: 0, max: 0 }
        for (let round = 0; round < rounds; round++) {
          await place.reset([patients, studies, subjects], connector, instances)
          const order = { url: place.url, connector, instances }
          if (job === subjects) await landInProcess({ ...order, job: studies })
          await simulator.observe()
          const { milliseconds, counts } = await landInProcess({ ...order, job: { ...job, pageSize } })
          const { requests, mean, max } = await simulator.observe()
          times.push(milliseconds)
          means.push(mean)
          last = { records: counts['fetched'] ?? 0, requests, max: Math.max(last.max, max) }
        }
        const time = median(times)
        table.push([
          what,
          String(concurrency),
          grouped(last.requests),
          median(means).toFixed(1),
          String(last.max),
          `${Math.round((100 * median(means)) / concurrency)} %`,
          `${seconds(time)} s`,
          `${seconds((last.requests * delayMs) / concurrency)} s`,
          rate(last.records, time),
        ])
      }
    } finally {
      simulator.stop()
    }
  }
} finally {
  await place.drop()
}
console.log(
  `each answer after ${delayMs} ms, pages of ${pageSize}, medians of ${rounds} rounds; "at least" is what the requests take with the budget full\n`,
)
printTable(table)
