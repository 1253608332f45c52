import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dbtProfile, requireServer, runSql, urlOf } from './bench-server.ts'
import { interleaved, timeProcess } from './timing.ts'

// Seeds: whole processes of `models seed --full-refresh`, against psql's \copy of the same file into a table of the same types, each in a
// database of its own on the server of BENCH_DATABASE_URL; then `dbt seed` on DBT_ROWS, where DBT names one.
// `ordinary` values are as Postgres reads them; `odd` ones make a file that is read twice and written anew.
// ROWS: 1000000. DBT_ROWS: 100000. ROUNDS: 3.
const server = requireServer()
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']
const rounds = Number(process.env['ROUNDS'] ?? '3')
const rows = Number(process.env['ROWS'] ?? '1000000')
const dbtRows = Number(process.env['DBT_ROWS'] ?? '100000')
const work = mkdtempSync(join(tmpdir(), 'strata-bench-seeds-'))

const table = `create table seeded (id integer, name text, city text, amount double precision, born date,
  seen timestamp, active boolean, note text, visits integer, code text)`

function anew(database: string): string {
  runSql(server, `drop database if exists ${database}; create database ${database};`)
  return urlOf(server, database)
}

/** Ten columns, about a hundred bytes a row, the same in every run. */
function writeSeed(path: string, count: number, odd: boolean): void {
  let seed = 1
  const next = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const pick = (values: readonly string[]) => values[next(values.length)]!
  const file = openSync(path, 'w')
  let text = 'id,name,city,amount,born,seen,active,note,visits,code\n'
  for (let id = 1; id <= count; id++) {
    const moment = new Date(next(1_700_000_000) * 1000).toISOString()
    const note = pick(['', 'nothing special', '"said ""no"", and left"', 'came twice - it seems'])
    const visits = next(10) === 0 ? '' : odd ? `"${next(9)},${100 + next(900)}"` : String(next(10_000))
    const amount = odd ? `$${next(1e5)}.${10 + next(90)}` : `${next(1e5)}.${10 + next(90)}`
    text += `${id},${pick(['Anna', 'Björn', 'Chloe', 'Dmitri'])} ${next(1e6)},${pick(['Berlin', 'São Paulo', 'Oslo'])},${amount},${moment.slice(0, 10)},${moment.slice(0, 19).replace('T', ' ')},${next(2) === 1},${note},${visits},C-${next(1e9).toString(36)}\n`
    if (text.length > 1 << 20 || id === count) {
      writeSync(file, text)
      text = ''
    }
  }
  closeSync(file)
}

function project(name: string, count: number, odd: boolean): string {
  const directory = join(work, name)
  mkdirSync(join(directory, 'seeds'), { recursive: true })
  writeFileSync(join(directory, 'strata.yml'), 'name: bench\nversion: "1.0"\n')
  writeSeed(join(directory, 'seeds/seeded.csv'), count, odd)
  return directory
}

function withModels(directory: string, database: string): () => number {
  const DATABASE_URL = anew(database)
  return () => timeProcess(['node', bin, 'seed', '--full-refresh', '--quiet'], directory, { DATABASE_URL })
}

function withPsql(directory: string, database: string): () => number {
  const url = anew(database)
  const copy = `\\copy seeded from '${join(directory, 'seeds/seeded.csv')}' (format csv, header)`
  const command = ['psql', url, '-qX', '-v', 'ON_ERROR_STOP=1', '-c', copy]
  return () => {
    runSql(url, `drop table if exists seeded; ${table};`)
    return timeProcess(command, directory)
  }
}

function withDbt(directory: string, database: string): () => number {
  const url = anew(database)
  writeFileSync(join(directory, 'dbt_project.yml'), 'name: bench\nversion: "1.0"\nprofile: bench\n')
  rmSync(join(directory, 'strata.yml'))
  writeFileSync(join(directory, 'profiles.yml'), dbtProfile(url))
  const options = [
    '--no-send-anonymous-usage-stats',
    '--quiet',
    'seed',
    '--full-refresh',
    '--profiles-dir',
    '.',
  ]
  return () => timeProcess([dbt!, ...options], directory)
}

function report(title: string, times: { readonly [name: string]: number }, unit: string): void {
  console.log(title)
  for (const [name, milliseconds] of Object.entries(times)) {
    const ratio = (milliseconds / times[unit]!).toFixed(2)
    console.log(`  ${name.padEnd(8)} ${milliseconds.toFixed(0).padStart(8)} ms   ${ratio} of ${unit}`)
  }
}

const ordinary = project('ordinary', rows, false)
const odd = project('odd', rows, true)
report(
  `${rows} rows of ten columns`,
  interleaved(rounds, {
    models: withModels(ordinary, 'bench_seeds_models'),
    psql: withPsql(ordinary, 'bench_seeds_psql'),
    odd: withModels(odd, 'bench_seeds_odd'),
  }),
  'psql',
)
if (dbt !== undefined) {
  const runs = {
    models: withModels(project('few', dbtRows, false), 'bench_seeds_models'),
    dbt: withDbt(project('few_dbt', dbtRows, false), 'bench_seeds_dbt'),
  }
  report(`${dbtRows} rows of ten columns`, interleaved(1, runs), 'models')
}
for (const name of ['models', 'psql', 'odd', 'dbt'])
  runSql(server, `drop database if exists bench_seeds_${name};`)
rmSync(work, { recursive: true })
