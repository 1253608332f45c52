import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { EndpointJob } from '@strata/core'
import { createJobExecutor } from '@strata/extractor'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { connectorOf, patients, stepOf, target } from './landing-jobs.ts'
import { openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate } from './print-table.ts'
import { median } from './timing.ts'

// Landing: patients of two instances from the simulator (a process of its own) by HTTP pages, against the same rows put into
// the same table with the same indexes by COPY into an unlogged stage and INSERT … ON CONFLICT. All of them into an empty
// table; all again, unchanged; and an overlap of unchanged records, which an increment reads again.
// ROWS: 100000. OVERLAP: a tenth of them. ROUNDS: 5. BENCH_DATABASE_URL: another server than the embedded one.
const rows = Number(process.env['ROWS'] ?? '100000')
const overlap = Number(process.env['OVERLAP'] ?? String(rows / 10))
const rounds = Number(process.env['ROUNDS'] ?? '5')

const place = await openLandingPlace()
const { database, url } = place
const simulator = await serveSimulator({ scale: rows / 2000 })
const { instances } = simulator
const connector = connectorOf(instances)
const work = mkdtempSync(join(tmpdir(), 'strata-bench-landing-'))
const everything = join(work, 'all.copy')
const some = join(work, 'overlap.copy')

const merge = `insert into bronze.dim_patients_staging as t (data, source_id, source_instance_id)
  select data, source_id, source_instance_id from bronze.stage
  on conflict (source_instance_id, (data->>'id')) do update set data = excluded.data, updated_at = now()`
const mergeChanged = `${merge} where t.data is distinct from excluded.data`

interface Measured {
  readonly records: number
  readonly milliseconds: number
}
const measured = {
  landing: [] as Measured[],
  again: [] as Measured[],
  overlap: [] as Measured[],
  copy: [] as Measured[],
  copyChanged: [] as Measured[],
  copyOverlap: [] as Measured[],
}
let bytes = 0
try {
  for (let round = 0; round < rounds; round++) {
    await place.reset([patients], connector, instances)
    measured.landing.push(await land(patients, true))
    measured.again.push(await land(patients, true))
    const { since, lookbackSeconds } = await overlapOf(overlap)
    if (round === 0) {
      bytes = await averageBytes()
      await writeRows('true', everything)
      await writeRows(`cursor_at > '${since}'`, some)
    }
    const job: EndpointJob = { ...patients, cursor: { ...patients.cursor!, lookbackSeconds } }
    measured.overlap.push(await land(job, false))
    measured.copyChanged.push(await copy(some, mergeChanged))
    measured.copyOverlap.push(await copy(some, merge))
    await place.reset([patients], connector, instances)
    measured.copy.push(await copy(everything, merge))
  }
} finally {
  simulator.stop()
  await place.drop()
  rmSync(work, { recursive: true, force: true })
}

const [first] = measured.landing
const [again] = measured.overlap
console.log(
  `${grouped(first!.records)} records of ${bytes} bytes, an overlap of ${grouped(again!.records)}, medians of ${rounds} rounds\n`,
)
printTable([
  ['', 'records/s', 'against COPY'],
  ['landing from HTTP pages', speed(measured.landing), ratio(measured.landing, measured.copy)],
  ['the same pages again, nothing changed', speed(measured.again), ''],
  ['COPY and `ON CONFLICT`', speed(measured.copy), '1'],
  ['an overlap, nothing changed', speed(measured.overlap), ratio(measured.overlap, measured.copyOverlap)],
  ['COPY and `ON CONFLICT`, which writes all', speed(measured.copyOverlap), '1'],
  [
    'COPY and `ON CONFLICT … WHERE` it differs',
    speed(measured.copyChanged),
    ratio(measured.copyChanged, measured.copyOverlap),
  ],
])

async function land(job: EndpointJob, fullRefresh: boolean): Promise<Measured> {
  const execute = createJobExecutor({ database, instancesOf: () => instances, fullRefresh })
  const startedAt = performance.now()
  const { status, counts, message } = await execute(stepOf(job, connector), {
    runId: 'bench',
    target,
    emit: () => {},
    signal: new AbortController().signal,
    clock: () => new Date(),
  })
  const milliseconds = performance.now() - startedAt
  if (status !== 'success') throw new Error(`the landing ended ${status}: ${message}`)
  return { records: counts['fetched'] ?? 0, milliseconds }
}

/** How far an increment has to look back to read about so many records again. */
async function overlapOf(records: number): Promise<{ since: string; lookbackSeconds: number }> {
  const { rows: found } = await database.query<{ since: string; seconds: number }>(`
    select cursor_at::text as since,
      ceil(extract(epoch from (select max(cursor_at) from bronze.dim_patients_staging) - cursor_at))::int as seconds
    from bronze.dim_patients_staging order by cursor_at desc nulls last offset ${records - 1} limit 1`)
  const { since, seconds } = found[0]!
  return { since, lookbackSeconds: seconds }
}

async function averageBytes(): Promise<number> {
  const { rows: found } = await database.query<{ bytes: number }>(
    'select round(avg(octet_length(data::text)))::int as bytes from bronze.dim_patients_staging',
  )
  return found[0]!.bytes
}

async function writeRows(condition: string, path: string): Promise<void> {
  await withClient(async (client) => {
    const select = `select source_instance_id, source_id, data from bronze.dim_patients_staging where ${condition} order by id`
    await pipeline(client.query(copyTo(`copy (${select}) to stdout`)), createWriteStream(path))
  })
}

async function copy(path: string, statement: string): Promise<Measured> {
  return await withClient(async (client) => {
    const startedAt = performance.now()
    await client.query('begin')
    await client.query(
      'create unlogged table bronze.stage (source_instance_id int, source_id text, data jsonb)',
    )
    const file = createReadStream(path, { highWaterMark: 1 << 18 })
    const copied = client.query(copyFrom('copy bronze.stage from stdin'))
    await pipeline(file, copied)
    await client.query(statement)
    await client.query('drop table bronze.stage')
    await client.query('commit')
    return { records: copied.rowCount ?? 0, milliseconds: performance.now() - startedAt }
  })
}

async function withClient<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

function speed(all: readonly Measured[]): string {
  return rate(all[0]!.records, median(all.map(({ milliseconds }) => milliseconds)))
}

/** As many times as fast, record by record. */
function ratio(all: readonly Measured[], unit: readonly Measured[]): string {
  const each = ({ milliseconds, records }: Measured): number => milliseconds / records
  const ratios = all.map((one, round) => each(unit[round]!) / each(one))
  return `${median(ratios).toFixed(2)} (rounds: ${ratios.map((one) => one.toFixed(2)).join(', ')})`
}
