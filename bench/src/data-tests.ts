import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dbtProfile, requireServer, runSql, urlOf, writeInto } from './bench-server.ts'
import { interleaved, timeProcess } from './timing.ts'

// Data tests: whole processes of `models test`, and of `dbt test` where DBT names one, over tables that are there, five
// tests each, all of which pass, in a database of their own on the server of BENCH_DATABASE_URL.
// TABLES: 100. ROWS: 100000. ROUNDS: 1. THREADS: 4.
const server = requireServer()
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']
const tables = Number(process.env['TABLES'] ?? '100')
const rows = Number(process.env['ROWS'] ?? '100000')
const rounds = Number(process.env['ROUNDS'] ?? '1')
const threads = process.env['THREADS'] ?? '4'
const work = mkdtempSync(join(tmpdir(), 'strata-bench-tests-'))
const database = `bench_tests_${process.pid}`

const url = urlOf(server, database)
const write = (path: string, text: string) => writeInto(work, path, text)

const names = Array.from({ length: tables }, (_, number) => `t${number}`)

function writeProject(): void {
  write('dbt_project.yml', "name: bench\nprofile: bench\nversion: '1.0'\n")
  const table = (name: string) => `      - name: ${name}
        columns:
          - { name: id, data_tests: [unique, not_null] }
          - { name: kind, data_tests: [not_null, { accepted_values: { values: [a, b, c, d, e] } }] }
          - { name: seen_at, data_tests: [not_null] }
`
  write(
    'models/raw.yml',
    `sources:\n  - name: raw\n    schema: public\n    tables:\n${names.map(table).join('')}`,
  )
  write('profiles.yml', dbtProfile(url, threads))
}

const create = names.map(
  (name) => `create table ${name} as
select n as id, chr(97 + n % 5) as kind, timestamp '2024-01-01' + n * interval '1 minute' as seen_at, md5(n::text) as payload
from generate_series(1, ${rows}) n;
analyze ${name};`,
)

try {
  runSql(server, `create database ${database};`)
  runSql(url, create.join('\n'))
  writeProject()
  const environment = {
    DATABASE_URL: url,
    DBT_PROFILES_DIR: work,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
  const models = [process.execPath, ...bin.split(' '), 'test', '--threads', threads]
  const medians = interleaved(rounds, {
    models: () => timeProcess(models, work, environment),
    ...(dbt === undefined ? {} : { dbt: () => timeProcess([dbt, 'test'], work, environment) }),
  })
  process.stdout.write(`${5 * tables} tests on ${tables} tables of ${rows} rows, ${threads} threads\n`)
  for (const [tool, milliseconds] of Object.entries(medians))
    process.stdout.write(`${tool.padEnd(8)}${(milliseconds / 1000).toFixed(2)} s\n`)
} finally {
  runSql(server, `drop database if exists ${database} with (force);`)
  rmSync(work, { recursive: true, force: true })
}
