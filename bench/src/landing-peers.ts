import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorOf, patients } from './landing-jobs.ts'
import { landInProcess, openLandingPlace, serveSimulator } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'
import { median } from './timing.ts'

// Peers: dlt's REST source beside our landing: the same patients of one instance from the same simulator, which pages by next links,
// into the same database; first into nothing and then all again. DLT names a Python that has `dlt[postgres]`. dlt merges by the
// primary key `id`, and keeps what is nested as JSON, as we do. Times are those of the loads; a process begins before its clock does.
// ROWS: 100000. ROUNDS: 3. FORMATS: insert_values,csv. BENCH_DATABASE_URL: another server than the embedded one.
const python = process.env['DLT']
if (python === undefined) throw new Error("DLT names a Python in which `pip install 'dlt[postgres]'` was run")
const rows = Number(process.env['ROWS'] ?? '100000')
const rounds = Number(process.env['ROUNDS'] ?? '3')
const formats = (process.env['FORMATS'] ?? 'insert_values,csv').split(',')
const work = mkdtempSync(join(tmpdir(), 'strata-bench-peers-'))

interface Load {
  readonly milliseconds: number
  readonly peakMb: number
}
type Loader = () => Promise<{ readonly first: Load; readonly again: Load }>

const program = `
import json, sys, time
import dlt
from dlt.sources.rest_api import rest_api_source

order = json.loads(sys.argv[1])
source = rest_api_source({
    "client": {
        "base_url": order["base_url"],
        "headers": {"X-ApiKey": order["key"]},
        "paginator": {"type": "json_link", "next_url_path": "['@odata.nextLink']"},
    },
    "resources": [{
        "name": "patients",
        "primary_key": "id",
        "write_disposition": "merge",
        "endpoint": {
            "path": "api/v1/patients/odata",
            "data_selector": "value",
            "params": {"$orderby": "id", "$count": "true"},
        },
    }],
})
source.max_table_nesting = 0
pipeline = dlt.pipeline(
    "bench",
    pipelines_dir=order["directory"],
    destination=dlt.destinations.postgres(order["url"]),
    dataset_name="dlt",
)
started = time.perf_counter()
pipeline.run(source, loader_file_format=order["format"])
took = time.perf_counter() - started
with pipeline.sql_client() as client:
    count = client.execute_sql("select count(*) from patients")[0][0]
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({"milliseconds": took * 1000, "peakMb": peak / 1024, "count": count}))
`

const place = await openLandingPlace()
const simulator = await serveSimulator({
  scale: rows / 1000,
  instances: 1,
  faults: [{ kind: 'next_link', size: patients.pageSize }],
})
const [instance] = simulator.instances
const loaders: { readonly [name: string]: Loader } = {
  strata: landWithStrata,
  ...Object.fromEntries(formats.map((format) => [`dlt, ${format}`, () => loadWithDlt(format)])),
}
const results = Object.keys(loaders).map((name) => ({ name, first: [] as Load[], again: [] as Load[] }))
try {
  writeFileSync(join(work, 'load.py'), program)
  for (let round = 0; round < rounds; round++) {
    for (const { name, first, again } of results) {
      const loads = await loaders[name]!()
      first.push(loads.first)
      again.push(loads.again)
    }
  }
} finally {
  simulator.stop()
  await place.drop()
  rmSync(work, { recursive: true, force: true })
}
console.log(`${grouped(rows)} records of one instance by next links, medians of ${rounds} rounds\n`)
const time = (loads: readonly Load[]): number => median(loads.map(({ milliseconds }) => milliseconds))
printTable([
  ['', 'first', 'records/s', 'strata / it', 'again', 'records/s', 'strata / it', 'peak'],
  ...results.map(({ name, first, again }) => [
    name,
    `${seconds(time(first))} s`,
    rate(rows, time(first)),
    (time(first) / time(results[0]!.first)).toFixed(1),
    `${seconds(time(again))} s`,
    rate(rows, time(again)),
    (time(again) / time(results[0]!.again)).toFixed(1),
    `${grouped(Math.max(...[...first, ...again].map(({ peakMb }) => peakMb)))} MB`,
  ]),
])

async function landWithStrata() {
  const { instances } = simulator
  const connector = connectorOf(instances)
  await place.reset([patients], connector, instances)
  const order = { url: place.url, job: patients, connector, instances, fullRefresh: true }
  const first = await landInProcess(order)
  const again = await landInProcess(order)
  if (first.counts['inserted'] !== rows || again.counts['unchanged'] !== rows)
    throw new Error(`we landed ${JSON.stringify([first.counts, again.counts])}`)
  return { first, again }
}

async function loadWithDlt(format: string) {
  await place.database.query('drop schema if exists dlt cascade')
  await place.database.query('drop schema if exists dlt_staging cascade')
  await place.database.query('checkpoint')
  const directory = mkdtempSync(join(work, 'pipelines-'))
  return { first: runDlt(format, directory), again: runDlt(format, directory) }
}

function runDlt(format: string, directory: string): Load {
  const url = new URL(place.url)
  if (url.password === '') url.password = 'x'
  const order = {
    base_url: `${instance!.address}/`,
    key: instance!.credentials['api_key'],
    url: url.href,
    rows,
    directory,
    format,
  }
  const { status, stdout, stderr } = spawnSync(python!, [join(work, 'load.py'), JSON.stringify(order)], {
    cwd: work,
    env: { ...process.env, RUNTIME__DLTHUB_TELEMETRY: 'false', DLT_DATA_DIR: work },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status !== 0) throw new Error(`dlt failed:\n${stderr.toString()}`)
  const { count, ...load } = JSON.parse(stdout.toString().trim().split('\n').at(-1)!)
  if (count !== rows) throw new Error(`dlt loaded ${count} of ${rows} records`)
  return load
}
