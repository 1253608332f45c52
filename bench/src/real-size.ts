import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'

// The repository's own project at the size of a real installation: two simulated clinics (a process of their own) that hold RECORDS
// together; everything is landed and built, then twice what a day has changed. Whole processes of the bundled command line.
// RECORDS: 5800000. ELEMENTS=no leaves out the elements of patient visits, for which each visit is asked by itself; the other records are
// then as many. DAYS: 2 increments. THREADS: 4. KEEP=yes leaves the database. BENCH_DATABASE_URL: another server than an embedded one.
// `pnpm build` first. `request_interval_ms` of the source is 0 here.
const wanted = Number(process.env['RECORDS'] ?? '5800000')
const withElements = process.env['ELEMENTS'] !== 'no'
const days = Number(process.env['DAYS'] ?? '2')
const threads = process.env['THREADS'] ?? '4'
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const repository = join(import.meta.dirname, '../..')
/** Of two clinics at scale 1. */
const recordsAtScaleOne = withElements ? 33_000 : 13_600
const parts = ['strata.yml', 'models', 'sources', 'macros', 'tests']

interface Phase {
  readonly name: string
  readonly milliseconds: number
  readonly peakMb: number
  readonly databaseMb: number
  readonly walBytes: number
  /** Fetched records and rows of models; null where the command says nothing of them. */
  readonly fetched: number | null
  readonly changed: number | null
  readonly requests: number
}

if (!existsSync(bin)) throw new Error(`There is no ${bin}: run \`pnpm build\` first`)
const begun = performance.now()
const scale = wanted / recordsAtScaleOne
tell(
  `about ${grouped(wanted)} records (scale ${scale.toFixed(2)})${withElements ? '' : ', without elements of patient visits'}`,
)
const place = await openLandingPlace()
const simulator = await serveSimulator({ scale })
const directory = layOut()
const day = new Date(Date.UTC(2024, 2, 1))
const phases: Phase[] = []
const jobs = [
  '--select',
  'source:clinical_conductor',
  ...(withElements ? [] : ['--exclude', 'source:clinical_conductor.patient_visit_elements']),
]
try {
  await measure('first landing', 'extract', ...jobs)
  await measure('first build of models', 'run', '--no-extract')
  await measure('data tests', 'test', '--select', 'test_type:data')
  for (let count = 1; count <= days; count += 1) {
    await fetch(new URL('/_simulator/advance?days=1', simulator.instances[0]!.address), { method: 'POST' })
    day.setUTCDate(day.getUTCDate() + 1)
    await measure(`day ${count}: landing`, 'extract', ...jobs)
    await measure(`day ${count}: models`, 'run', '--no-extract')
  }
  print()
  await printTables()
} catch (error) {
  print()
  throw error
} finally {
  simulator.stop()
  if (process.env['KEEP'] === 'yes')
    console.log(`\nThe database is left: ${place.url.replace(/:[^:@/]*@/, ':…@')}`)
  else await place.drop()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(0)

/** The repository's project in a folder of its own, whose source is called without a pause. */
function layOut(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-bench-real-size-'))
  for (const part of parts) cpSync(join(repository, part), join(folder, part), { recursive: true })
  const source = join(folder, 'sources', 'clinical_conductor.yml')
  writeFileSync(
    source,
    readFileSync(source, 'utf8').replace(/request_interval_ms: \d+/, 'request_interval_ms: 0'),
  )
  return folder
}

async function measure(name: string, command: string, ...words: readonly string[]): Promise<void> {
  tell(`${name} …`)
  await simulator.observe()
  const walBefore = await walPosition()
  const started = performance.now()
  const { output, peakMb } = await models(
    command,
    ...words,
    '--threads',
    threads,
    '--vars',
    `{as_of: ${day.toISOString().slice(0, 10)}}`,
  )
  const milliseconds = performance.now() - started
  const { requests } = await simulator.observe()
  const landed = /Landed: ([\d,]+) fetched, ([\d,]+) inserted \(\+\), ([\d,]+) changed/.exec(output)
  const figure = (place: number): number | null =>
    landed === null ? null : Number(landed[place]!.replaceAll(',', ''))
  const { rows } = await place.database.query<{ mb: string; wal: string }>({
    text: 'select pg_database_size(current_database()) / 1e6 as mb, pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn) as wal',
    values: [walBefore],
  })
  const changed = landed === null ? null : figure(2)! + figure(3)!
  phases.push({
    name,
    milliseconds,
    peakMb,
    databaseMb: Number(rows[0]!.mb),
    walBytes: Number(rows[0]!.wal),
    fetched: figure(1),
    changed,
    requests,
  })
  tell(
    `${name}: ${seconds(milliseconds)} s, ${grouped(peakMb)} MB, the database ${grouped(Number(rows[0]!.mb))} MB`,
  )
}

async function walPosition(): Promise<string> {
  const { rows } = await place.database.query<{ at: string }>('select pg_current_wal_lsn()::text as at')
  return rows[0]!.at
}

/** Its progress goes on as it comes; what it says in the end is given. Throws where it fails. */
async function models(
  ...words: readonly string[]
): Promise<{ readonly output: string; readonly peakMb: number }> {
  const [north, south] = simulator.instances
  const child = spawn(process.execPath, [bin, ...words, '--no-color'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: place.url,
      CC_NORTH_URL: north!.address,
      CC_NORTH_API_KEY: north!.credentials['api_key'],
      CC_SOUTH_URL: south!.address,
      CC_SOUTH_API_KEY: south!.credentials['api_key'],
    },
  })
  let output = ''
  let errors = ''
  let told = 0
  let peakMb = 0
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child))
  }, 250)
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString()}`.slice(-4_000)
    // What comes every second is told every half minute.
    if (performance.now() - told > 30_000)
      process.stderr.write(`    ${chunk.toString().trim().split('\n').at(-1)}\n`)
    else return
    told = performance.now()
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(watch)
  if (code !== 0)
    throw new Error(
      `models ${words.join(' ')} ended with ${code}:\n${output.split('\n').slice(-40).join('\n')}${errors}`,
    )
  return { output, peakMb }
}

/** The most that a process has had resident, in MB, by what Linux says of it. */
function peakOf({ pid }: ChildProcess): number {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) / 1024
  } catch {
    return 0
  }
}

function print(): void {
  console.log('')
  printTable([
    [
      'phase',
      'time',
      'records fetched',
      'new or changed',
      'requests',
      'records/s',
      'peak of the process',
      'WAL',
      'database after it',
    ],
    ...phases.map((phase) => [
      phase.name,
      `${seconds(phase.milliseconds)} s`,
      phase.fetched === null ? '' : grouped(phase.fetched),
      phase.changed === null ? '' : grouped(phase.changed),
      phase.requests === 0 ? '' : grouped(phase.requests),
      phase.fetched === null ? '' : rate(phase.fetched, phase.milliseconds),
      `${grouped(phase.peakMb)} MB`,
      `${grouped(phase.walBytes / 1e6)} MB`,
      `${grouped(phase.databaseMb)} MB`,
    ]),
  ])
}

/** The largest relations: what grows faster than the data shows here. */
async function printTables(): Promise<void> {
  const { rows } = await place.database.query<{ name: string; rows: string; mb: string; indexes: string }>(`
    select c.oid::regclass::text as name, pg_stat_get_live_tuples(c.oid)::text as rows,
      pg_total_relation_size(c.oid) / 1e6 as mb, pg_indexes_size(c.oid) / 1e6 as indexes
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 3 desc limit 15`)
  console.log('')
  printTable([
    ['relation', 'rows', 'MB', 'of them indexes'],
    ...rows.map((row) => [
      row.name,
      grouped(Number(row.rows)),
      grouped(Number(row.mb)),
      grouped(Number(row.indexes)),
    ]),
  ])
}

function tell(message: string): void {
  process.stderr.write(`${seconds(performance.now() - begun).padStart(6)} s  ${message}\n`)
}
