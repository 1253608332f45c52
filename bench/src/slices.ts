import { connectorOf, patients, visits } from './landing-jobs.ts'
import { landInProcess, openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'
import { median } from './timing.ts'

// Slices: a job with a slice a patient and one record in each, at no latency: first when none of them has ever landed, then when
// nothing has changed. And for many more how long it takes until they are queued and the first of them has landed.
// SLICES: 10000,100000. QUEUE: 1000000. ROUNDS: 1. BENCH_DATABASE_URL: another server than the embedded one.
const sizes = (process.env['SLICES'] ?? '10000,100000').split(',').map(Number)
const queued = Number(process.env['QUEUE'] ?? '1000000')
const rounds = Number(process.env['ROUNDS'] ?? '1')

const place = await openLandingPlace()
const simulator = await serveSimulator({ scale: 0.01, instances: 1 })
const { instances } = simulator
const connector = connectorOf(instances)
const order = { url: place.url, job: visits, connector, instances }
const table = [['slices', 'what', 'time', 'slices/s', 'requests', 'peak', 'the simulator: peak']]
const queueTimes: number[] = []
try {
  for (const size of sizes) {
    const times: { readonly [what: string]: number[] } = { 'for the first time': [], 'nothing changed': [] }
    const peaks: { [what: string]: number } = {}
    const requests: { [what: string]: number } = {}
    let simulatorMb = 0
    for (let round = 0; round < rounds; round++) {
      await prepare(size)
      for (const what of Object.keys(times)) {
        await simulator.observe()
        const { milliseconds, peakMb } = await landInProcess(order)
        const seen = await simulator.observe()
        times[what]!.push(milliseconds)
        peaks[what] = Math.max(peaks[what] ?? 0, peakMb)
        requests[what] = seen.requests
        simulatorMb = seen.peakMb
      }
    }
    for (const [what, all] of Object.entries(times)) {
      table.push([
        grouped(size),
        what,
        `${seconds(median(all))} s`,
        rate(size, median(all)),
        grouped(requests[what]!),
        `${grouped(peaks[what]!)} MB`,
        `${grouped(simulatorMb)} MB`,
      ])
    }
  }
  for (let round = 0; round < rounds; round++) {
    await prepare(queued)
    const { milliseconds, peakMb } = await landInProcess({ ...order, firstPageOnly: true })
    queueTimes.push(milliseconds)
    if (round < rounds - 1) continue
    table.push([
      grouped(queued),
      'until the first has landed',
      `${seconds(median(queueTimes))} s`,
      rate(queued, median(queueTimes)),
      '',
      `${grouped(peakMb)} MB`,
      '',
    ])
  }
} finally {
  simulator.stop()
  await place.drop()
}
console.log(
  `one record in each slice, ${connector.concurrency} requests at once, medians of ${rounds} rounds\n`,
)
printTable(table)

/** So many patients in bronze, of about 500 bytes, from which no slice has been landed yet. */
async function prepare(count: number): Promise<void> {
  await place.reset([patients, visits], connector, instances)
  await place.database.query(`
    insert into bronze.dim_patients_staging (source_instance_id, source_id, data)
    select ${instances[0]!.id}, '${instances[0]!.id}',
      jsonb_build_object('id', g, 'firstName', 'A' || g, 'lastName', md5(g::text), 'status', 'Active', 'note', repeat(md5((g * 7)::text), 11))
    from generate_series(1, ${count}) g`)
  await place.database.query('checkpoint')
}
