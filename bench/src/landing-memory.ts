import { connectorOf, patients } from './landing-jobs.ts'
import { landInProcess, openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'

// Memory: what a process that lands and does nothing else has resident at most, for more and more patients of two
// instances, first into an empty table and then all again; the simulator is another process.
// SIZES: 10000,100000,1000000. BENCH_DATABASE_URL: another server than the embedded one.
const sizes = (process.env['SIZES'] ?? '10000,100000,1000000').split(',').map(Number)

const place = await openLandingPlace()
const table = [['records', 'landing', 'records/s', 'peak', 'again: peak', 'the simulator: peak']]
let before = 0
try {
  for (const size of sizes) {
    const simulator = await serveSimulator({ scale: size / 2000 })
    const { instances } = simulator
    const connector = connectorOf(instances)
    try {
      await place.reset([patients], connector, instances)
      const order = { url: place.url, job: patients, connector, instances, fullRefresh: true }
      const first = await landInProcess(order)
      const again = await landInProcess(order)
      const { peakMb } = await simulator.observe()
      before = first.beforeMb
      const records = first.counts['fetched'] ?? 0
      table.push([
        grouped(records),
        `${seconds(first.milliseconds)} s`,
        rate(records, first.milliseconds),
        `${grouped(first.peakMb)} MB`,
        `${grouped(again.peakMb)} MB`,
        `${grouped(peakMb)} MB`,
      ])
    } finally {
      simulator.stop()
    }
  }
} finally {
  await place.drop()
}
console.log(`before it begins, the process has ${grouped(before)} MB resident\n`)
printTable(table)
