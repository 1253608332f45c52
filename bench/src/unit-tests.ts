import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dbtProfile, requireServer, runSql, urlOf, writeInto } from './bench-server.ts'
import { interleaved, timeProcess } from './timing.ts'

// Unit tests: whole processes of `models test --select test_type:unit`, and of `dbt test` with the same where DBT names one, four
// tests a model, each with two inputs, all of which pass, in a database of their own on the server of BENCH_DATABASE_URL.
// MODELS_UNDER_TEST: 50. ROUNDS: 1. THREADS: 4.
const server = requireServer()
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']
const models = Number(process.env['MODELS_UNDER_TEST'] ?? '50')
const rounds = Number(process.env['ROUNDS'] ?? '1')
const threads = process.env['THREADS'] ?? '4'
const testsPerModel = 4
const work = mkdtempSync(join(tmpdir(), 'strata-bench-unit-tests-'))
const database = `bench_unit_tests_${process.pid}`

const url = urlOf(server, database)
const write = (path: string, text: string) => writeInto(work, path, text)

const model = `with paid as (
  select order_id, sum(amount) as amount from {{ source('raw', 'payments') }} where state = 'paid' group by order_id
)
select o.id, o.customer, coalesce(p.amount, 0) as amount, o.at::date as day
from {{ source('raw', 'orders') }} as o left join paid as p on p.order_id = o.id
`

const unitTest = (name: string, number: number) => `  - name: ${name}_${number}
    model: ${name}
    given:
      - input: source('raw', 'orders')
        rows:
          - { id: 1, customer: ann, at: "2024-01-01 10:00:00" }
          - { id: 2, customer: bob, at: "2024-01-02 10:00:00" }
      - input: source('raw', 'payments')
        rows:
          - { order_id: 1, amount: ${number}, state: paid }
          - { order_id: 1, amount: 2.5, state: paid }
          - { order_id: 2, amount: 7, state: open }
    expect:
      rows:
        - { id: 1, customer: ann, amount: ${number + 2.5}, day: "2024-01-01" }
        - { id: 2, customer: bob, amount: 0, day: "2024-01-02" }
`

function writeProject(): void {
  const names = Array.from({ length: models }, (_, number) => `m${number}`)
  write('dbt_project.yml', "name: bench\nprofile: bench\nversion: '1.0'\n")
  write(
    'models/raw.yml',
    'sources:\n  - { name: raw, schema: public, tables: [{ name: orders }, { name: payments }] }\n',
  )
  for (const name of names) {
    write(`models/${name}.sql`, model)
    const tests = Array.from({ length: testsPerModel }, (_, number) => unitTest(name, number))
    write(`models/${name}.yml`, `unit_tests:\n${tests.join('')}`)
  }
  write('profiles.yml', dbtProfile(url, threads))
}

const create = `create table orders (id int, customer text, at timestamp);
create table payments (order_id int, amount numeric, state text);`

try {
  runSql(server, `create database ${database};`)
  runSql(url, create)
  writeProject()
  const environment = {
    DATABASE_URL: url,
    DBT_PROFILES_DIR: work,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
  const words = ['test', '--select', 'test_type:unit', '--threads', threads]
  const medians = interleaved(rounds, {
    models: () => timeProcess([process.execPath, ...bin.split(' '), ...words], work, environment),
    ...(dbt === undefined ? {} : { dbt: () => timeProcess([dbt, ...words], work, environment) }),
  })
  process.stdout.write(`${testsPerModel * models} unit tests of ${models} models, ${threads} threads\n`)
  for (const [tool, milliseconds] of Object.entries(medians))
    process.stdout.write(`${tool.padEnd(8)}${(milliseconds / 1000).toFixed(2)} s\n`)
} finally {
  runSql(server, `drop database if exists ${database} with (force);`)
  rmSync(work, { recursive: true, force: true })
}
