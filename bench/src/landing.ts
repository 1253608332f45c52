import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type Connector,
  connectorDefaults,
  cursorDefaults,
  type Instance,
  type Job,
  type JobStep,
  jobDefaults,
} from '@strata/core'
import { createJobExecutor, ensureLanding, extractorMigrations } from '@strata/extractor'
import { connect, ensureEmbeddedServer, migrate, stopEmbeddedServer } from '@strata/postgres'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { median } from './timing.ts'

// Landing: 100,000 patients of two instances from the simulator (a process of its own) by HTTP pages, against the same
// rows put into the same table with the same indexes by COPY into an unlogged stage and INSERT … ON CONFLICT.
const scale = Number(process.env['SCALE'] ?? '50')
const rounds = Number(process.env['ROUNDS'] ?? '5')
const project = mkdtempSync(join(tmpdir(), 'strata-bench-'))
const embedded = process.env['BENCH_DATABASE_URL']
  ? null
  : await ensureEmbeddedServer({ projectDirectory: project })
const url = process.env['BENCH_DATABASE_URL'] ?? embedded!.url
const database = await connect({ url, applicationName: 'bench', maxConnections: 20 })

const simulator = fork(join(import.meta.dirname, 'serve-simulator.ts'), [String(scale)], { stdio: 'inherit' })
const instances = await new Promise<readonly Instance[]>((resolve) =>
  simulator.once('message', (message) => resolve(message as Instance[])),
)

const connector: Connector = {
  ...connectorDefaults,
  source: 'clinic',
  instances: instances.map(({ id, name }) => ({
    id,
    name,
    baseUrl: { value: '' },
    credentials: {},
    parameters: {},
  })),
}
const job: Job = {
  ...jobDefaults,
  source: 'clinic',
  table: 'patients',
  name: 'Patients',
  knownId: 3,
  endpoint: '/api/v1/patients/odata',
  target: { schema: 'bronze', name: 'dim_patients_staging' },
  cursor: { ...cursorDefaults, field: 'modifiedDate' },
}
const step: JobStep = {
  kind: 'job',
  id: 'job',
  name: 'clinic.patients',
  parents: [],
  intent: 'land',
  reason: '',
  job,
  connector,
}
const target = {
  name: 'bench',
  database: 'strata',
  prefix: '',
  defaultSchema: 'public',
  landingSchema: 'bronze',
  extract: true,
  threads: 4,
}

await migrate(database, 'extractor', extractorMigrations)
const landing: number[] = []
const again: number[] = []
const copying: number[] = []
const peaks: number[] = []
let rows = 0
try {
  for (let round = 0; round < rounds; round++) {
    await reset()
    landing.push(await timed(land))
    peaks.push(process.memoryUsage().rss / 1024 / 1024)
    again.push(await timed(land))
    const bodies = await database.query<{ id: string; instance: number; body: string }>(
      "select data->>'id' as id, source_instance_id as instance, data::text as body from bronze.dim_patients_staging order by id",
    )
    rows = bodies.rowCount
    const lines = bodies.rows.map(({ instance, body }) => `${instance}\t${instance}\t${copyText(body)}\n`)
    await reset()
    copying.push(await timed(() => copy(lines)))
  }
} finally {
  simulator.kill()
  await database.close()
  await embedded?.release()
  if (embedded !== null) await stopEmbeddedServer({ projectDirectory: project, force: true })
  rmSync(project, { recursive: true, force: true })
}
const rate = (milliseconds: number) => Math.round(rows / milliseconds).toLocaleString('en-US')
console.log(`${rows} rows, ${rounds} rounds, medians`)
console.log(`landing from HTTP pages    ${rate(median(landing))} thousand rows/s`)
console.log(`the same pages, unchanged  ${rate(median(again))} thousand rows/s`)
console.log(`COPY and ON CONFLICT       ${rate(median(copying))} thousand rows/s`)
console.log(
  `landing / COPY             ${median(copying.map((time, index) => time / landing[index]!)).toFixed(2)} (${copying.map((time, index) => (time / landing[index]!).toFixed(2)).join(', ')})`,
)
console.log(`resident memory            ${median(peaks).toFixed(0)} MB after a landing`)

async function reset(): Promise<void> {
  await database.query('drop schema if exists bronze cascade')
  await database.query('delete from strata.job_watermarks')
  await database.query('delete from strata.landings')
  await ensureLanding(database, {
    landingSchema: 'bronze',
    connectors: [connector],
    jobs: [job],
    instancesOf: () => instances,
  })
  await database.query('checkpoint')
}

async function land(): Promise<void> {
  const execute = createJobExecutor({ database, instancesOf: () => instances, fullRefresh: true })
  await execute(step, {
    runId: 'bench',
    target,
    emit: () => {},
    signal: new AbortController().signal,
    clock: () => new Date(),
  })
}

async function copy(lines: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(
    'create unlogged table bronze.stage (source_instance_id int, source_id text, data jsonb)',
  )
  await pipeline(Readable.from(batches(lines)), client.query(copyFrom('copy bronze.stage from stdin')))
  await client.query(`insert into bronze.dim_patients_staging (data, source_id, source_instance_id)
    select data, source_id, source_instance_id from bronze.stage
    on conflict (source_instance_id, (data->>'id')) do update set data = excluded.data, updated_at = now()`)
  await client.query('drop table bronze.stage')
  await client.query('commit')
  await client.end()
}

function* batches(lines: readonly string[]): Generator<string> {
  for (let index = 0; index < lines.length; index += 500) yield lines.slice(index, index + 500).join('')
}

function copyText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
